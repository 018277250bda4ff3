"""The store: nothing lost, nothing shared, nothing altered that cannot be read."""
