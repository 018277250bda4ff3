"""Lists that the reader brings, and tables that they take away."""
