"""What people download: what is in it, and that it works where nothing else of ours is."""
