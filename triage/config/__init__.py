"""The configuration: one TOML file, read once into frozen values.

`locate` finds the file, `load` reads it, `model` says what may stand in it, and `problems` turns every fault
into a sentence with its line. `locate` does without pydantic, so that `triage --version` starts fast.
"""
