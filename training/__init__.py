"""How the network of `triage.core.model` is trained: the texts in mails/, and one command, `./run.sh train`.

None of this is installed with the program. See docs/model-card.md for what it is trained on and how good it is.
"""
