"""Real servers to test against: a Dovecot, a mail sink, a network that fails on purpose, and another mail program."""
