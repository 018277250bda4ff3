"""How fast we are beside what others use: ratios within one run, because seconds of different runs say little."""

import os

# As the command line does: NumPy reads it when it is loaded.
for _name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
