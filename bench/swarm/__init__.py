"""Many mailboxes on many workers and one PostgreSQL, simulated: no mail, no server, fixed dice, minutes for hours.

`fleet.toml` says what everything costs, and where each figure is from; `model` reads it, `world` lets it happen.
"""
