"""Benchmarks: ratios between loops over the same mails in one run, because seconds of different runs say little."""

import os

# As the command line does: NumPy reads it when it is loaded.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
