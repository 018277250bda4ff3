"""Many members on one PostgreSQL: who they are, what they entrust, and the work that is done for them."""
