"""The tests: pure ones by the room they test, real sockets wherever a server is spoken to.

NumPy gets one thread in each of their processes, as in the program itself.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
