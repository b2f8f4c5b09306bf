"""What can be said on the command line."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from evals.mutants.outcome import matrix, report
from evals.mutants.tasks import TRIALS

AT_ONCE: Final = 2
_SAYS: Final = """\
Break copies of this code in the ways that a catalogue lists, attack each with the leakage suite, and say which were
noticed. Without --only and --catalogue, the code as it is and broken suites are tried too, and evals/kill-matrix.json
is written."""
_CODES: Final = """\
Exit codes: 0 every mutant was noticed or is equivalent, and nothing else is wrong; 1 something is; 2 wrong use."""


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Return what was said; wrong use ends the process with 2."""
    parser = argparse.ArgumentParser(
        prog="python -m evals.mutants",
        description=_SAYS,
        epilog=_CODES,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    say = parser.add_argument
    say("--only", default="", metavar="M07,H02", help="only these mutants; `clean` is the code as it is (default: all)")
    say(
        "--families",
        default="",
        metavar="A1,A3",
        help="attack with these, in place of those that the catalogue names; broken suites keep theirs",
    )
    say("--catalogue", type=Path, metavar="FOLDER", help="run the mutants of this folder's *.yaml, not our own")
    say(
        "--out", type=Path, default=report.FILE, metavar="FILE", help="the report (default: evals/reports/mutants.json)"
    )
    say("--resume", action="store_true", help="do the rest of the run whose report stands at --out")
    say(
        "--onto",
        type=Path,
        metavar="FILE",
        help=f"put what is run into the matrix or report of an earlier run, such as evals/{matrix.FILE.name}",
    )
    say("--json", action="store_true", help="print the report as JSON")
    say("--trials", type=_count, default=TRIALS, metavar="N", help=f"attempts a family should make ({TRIALS})")
    say("--seed", default="mutants", help="what all choices are drawn from")
    say("--at-once", type=_count, default=AT_ONCE, metavar="N", help=f"copies attacked at the same time ({AT_ONCE})")
    say(
        "--limit",
        type=_count,
        metavar="SECONDS",
        help="the longest that one seed may take; what was found until then counts (default: 900, or 120 a family)",
    )
    return parser.parse_args(arguments)


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("it has to be 1 or more")
    return number


def named(commas: str) -> list[str]:
    """Return the names in a text with commas."""
    return [one.strip() for one in commas.split(",") if one.strip()]
