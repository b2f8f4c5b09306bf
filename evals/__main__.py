"""`python -m evals`: the door of the suite, where the environment comes in and the exit code goes out."""

import os
import sys

from evals.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
