"""Benchmarks: ratios between loops over the same mails in one run, because seconds of different runs say little."""
