"""The options of `python -m evals quality`, and its table on a terminal."""

import argparse
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from evals.quality.compare import BASELINE
from evals.quality.datasets import SEED
from evals.quality.judge import INSTALL, Judge, available
from evals.quality.measure import Options
from evals.verdicts.quality import QualityMeasure, QualityTable

_CHECKOUT: Final = Path(__file__).parents[2]
_KEY: Final = "BULKHEAD_EVALS_JUDGE_KEY"
_JUDGED: Final = 20


class WrongUse(Exception):
    """The options do not go together; the message says what to do."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what quality alone takes."""
    parser.add_argument(
        "--corpus",
        type=Path,
        help="folder with xquad/ and clapnq/ (default: BULKHEAD_TEST_CORPUS, or beside the checkout)",
    )
    parser.add_argument("--full", action="store_true", help="ask everything, not a sample")
    parser.add_argument(
        "--baseline", type=Path, help=f"compare with this file (default for our service: {BASELINE.name})"
    )
    parser.add_argument("--write-baseline", action="store_true", help="keep this run as the baseline")
    parser.add_argument("--judge-url", help="an OpenAI-compatible endpoint, https://host/v1, for ragas' measures")
    parser.add_argument("--judge-model", help="the judge's chat model")
    parser.add_argument("--judge-embedding-model", help="the judge's embedding model")
    parser.add_argument(
        "--judge-cases", type=int, default=_JUDGED, help=f"questions of each set to judge (default {_JUDGED})"
    )


def options(given: argparse.Namespace, environment: Mapping[str, str], *, ours: bool) -> Options:
    """Return the options; only our own service is compared with the committed baseline unasked. Raises WrongUse."""
    baseline: Path | None = given.baseline or (BASELINE if ours else None)
    if given.write_baseline and baseline is None:
        raise WrongUse("--write-baseline needs --baseline FILE for a target of yours.")
    return Options(
        corpus=corpus(given.corpus, environment),
        full=given.full,
        baseline=baseline,
        write_baseline=given.write_baseline,
        judge=_judge(given, environment),
    )


def corpus(given: Path | None, environment: Mapping[str, str]) -> Path | None:
    """Return the corpus folder if there is one: as given, else from the environment, else beside the checkout."""
    named = given or environment.get("BULKHEAD_TEST_CORPUS")
    if named:
        if not Path(named).is_dir():
            raise WrongUse(f"{named} is no folder.")
        return Path(named)
    beside = _CHECKOUT.parent.joinpath("shared", "corpus")
    return beside if beside.is_dir() else None


def _judge(given: argparse.Namespace, environment: Mapping[str, str]) -> Judge | None:
    if given.judge_url is None:
        return None
    if given.judge_model is None or given.judge_embedding_model is None:
        raise WrongUse("--judge-url needs --judge-model and --judge-embedding-model.")
    if not available():
        raise WrongUse(f"ragas is not installed: {INSTALL}")
    key = environment.get(_KEY, "none")
    return Judge(given.judge_url, given.judge_model, given.judge_embedding_model, key, given.judge_cases, SEED)


def lines(table: QualityTable) -> Iterator[str]:
    """Yield the table for a terminal, one measure a line, what regressed marked, then its notes."""
    dataset = ""
    for row in table.measures:
        if row.dataset != dataset:
            dataset = row.dataset
            yield f"{dataset:<34}{'mean':>9}{'worst':>9}{'baseline':>10}  worst tenant"
        yield _line(row)
    yield from table.notes


def _line(row: QualityMeasure) -> str:
    before = "" if row.baseline is None else f"{row.baseline:.3f}"
    mark = "  REGRESSED" if row.regressed else ""
    return f"  {row.metric:<32}{row.mean:>9.3f}{row.worst:>9.3f}{before:>10}  {row.worst_tenant}{mark}"
