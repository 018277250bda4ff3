"""triage: a companion for the search for work, on your own machine.

It reads the reader's own mailbox, notices what employers answer, keeps a private log, and writes the reader,
and nobody else, a short letter. Start reading at `triage.pipeline`: both paths are there on one screen.
"""

__version__ = "0.1.0"
