"""The steps of `triage init`: each asks what it needs, does one thing, and can be run again."""
