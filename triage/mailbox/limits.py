"""How much of one message is read."""

LARGE = 1024 * 1024
"""Bytes. A message over this size is mostly attachments, and nothing we look for is in an attachment."""
PART = 256 * 1024
"""Bytes. The first part of a large message: its headers and, as good as always, its text."""
