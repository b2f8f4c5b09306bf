"""`python -m evals.mutants`."""

import sys

from evals.mutants.command import main

raise SystemExit(main(sys.argv[1:]))
