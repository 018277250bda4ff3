"""The tests: pure ones by the room they test, real sockets wherever a server is spoken to."""
