"""The commands for those who host many mailboxes: `triage worker`, `triage admin`, and `triage enrol`."""
