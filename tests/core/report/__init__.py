"""The search at a glance: its figures, its words, and its page."""
