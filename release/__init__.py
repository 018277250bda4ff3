"""Makes what people download, and tries it: `./run.sh release`; docs/packaging.md says what and why.

Nothing of this is part of the program.
"""
