"""One question about a token, on standard input, and the answer to it: see `triage.oauth.apart`."""

import sys

from triage.oauth.apart import answer

sys.stdout.write(answer(sys.stdin.read()))
