"""What can be said on the command line."""

import argparse
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

from evals.families.registry import Family, registered
from evals.quality.command import add_options
from evals.verdicts.gate import ExitCode

TRIALS: Final = 300


class _Parser(argparse.ArgumentParser):
    """Wrong use has an exit code of its own, so that it is not taken for lost quality."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(ExitCode.WRONG_USE, f"{message}\n")


class UnknownFamily(Exception):
    """A family was asked for that there is not; the message says which there are."""


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """Return what was said; wrong use ends the process with 64."""
    parser = _Parser(prog="python -m evals", description=__doc__, allow_abbrev=False)
    kinds = parser.add_subparsers(dest="kind", required=True, metavar="leakage|quality|both")
    leakage = kinds.add_parser("leakage", allow_abbrev=False, help="attack a service and judge what it let out")
    quality = kinds.add_parser("quality", allow_abbrev=False, help="measure how good its answers are")
    both = kinds.add_parser("both", allow_abbrev=False, help="both, in one report")
    for each in (leakage, quality, both):
        _shared(each)
    for each in (leakage, both):
        _attacking(each)
    for each in (quality, both):
        add_options(each)
    return parser.parse_args(arguments)


def _shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--target", type=Path, help="the file of a running service (default: start Bulkhead here)")
    parser.add_argument("--out", type=Path, help="folder for the reports (default: evals/reports/RUN)")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    parser.add_argument(
        "--i-own-this-target", action="store_true", dest="owned", help="allow hosts other than this machine"
    )


def _attacking(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", default="", help="repeats a run: the seed that its report names")
    parser.add_argument("--families", default="", help="only these, with commas: A1,A3 (default: all)")
    parser.add_argument(
        "--trials", type=_count, default=TRIALS, help=f"distinct attempts a family should make (default {TRIALS})"
    )

    parser.add_argument(
        "--walls", type=Path, help="results of the probes of PostgreSQL's row security, as the tests write them"
    )


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("a run without trials shows nothing")
    return number


def seed_of(said: str) -> str:
    """Return the seed that was said, or a new one."""
    return said or secrets.token_hex(4)


def families_of(said: str) -> tuple[Family, ...]:
    """Return the families that were asked for, all if none was; raises UnknownFamily."""
    known = {family.id: family for family in registered()}
    asked = [one.strip() for one in said.split(",") if one.strip()]
    unknown = sorted(set(asked) - set(known))
    if unknown:
        raise UnknownFamily(f"There is no family {', '.join(unknown)}. There are {', '.join(known)}.")
    return tuple(family for family in known.values() if not asked or family.id in asked)
