"""What a stranger may try, on the wire, in a mail, on the machine: the tests that docs/security.md names."""
