"""Measure the detector on simulated months: `python -m tests.tenancy.anomalies [--held-out] [--json] [--months N]`."""

import argparse
import json
import sys
from collections.abc import Sequence

from tenancy.anomalies.detecting import findings
from tests.tenancy.anomalies.measuring import judged
from tests.tenancy.anomalies.months import DEVELOPMENT, HELD_OUT, month
from tests.tenancy.anomalies.report import report, table


def main(arguments: Sequence[str]) -> int:
    """Print the rates, by plant and by character."""
    wants = argparse.ArgumentParser(prog="python -m tests.tenancy.anomalies", description=__doc__)
    wants.add_argument("--held-out", action="store_true", help="the months that nothing was ever tuned on")
    wants.add_argument("--json", action="store_true", help="print JSON")
    wants.add_argument("--months", type=int, default=None, help="only so many of them")
    given = wants.parse_args(arguments)
    seeds = (HELD_OUT if given.held_out else DEVELOPMENT)[: given.months]
    told = report([judged(month(seed), findings) for seed in seeds])
    told = {"seeds": "held out" if given.held_out else "development", **told}
    sys.stdout.write(json.dumps(told, indent=2) + "\n" if given.json else table(told))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
