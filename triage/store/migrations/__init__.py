"""Numbered changes of the schema, run by `triage.store.engine` when a store is opened."""
