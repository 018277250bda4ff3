"""The version of the tables."""

NEWEST = "0005"
"""The last migration this version knows; a test compares it with the files."""
