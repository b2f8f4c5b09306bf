"""Run the benchmarks that are named, such as `python -m benchmarks ingest latency`, or all."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks import anomalies, cost, embedder_change, ending, latency, quality, tax, tenants
from benchmarks.answers import lies, pages, rows, table_questions
from benchmarks.answers.ordinary import report as ordinary
from benchmarks.figures import Figures
from benchmarks.ingestion import ingest, sharing
from benchmarks.reading import report
from tests.corpus import CORPUS


def main(wanted: list[str]) -> int:
    """Measure what is wanted, print the table, write results.json; 1 if too little is read, 2 for an unknown name."""
    if wanted[:1] == ["reading"]:
        return report.main(wanted[1:])
    corpus: Path | None = CORPUS if CORPUS.is_dir() else None
    figures = Figures()
    as_json, wanted = "--json" in wanted, [each for each in wanted if each != "--json"]
    parts: dict[str, Callable[[], None]] = {
        "latency": lambda: latency.measure(figures),
        "cost": lambda: cost.measure(figures),
        "ingest": lambda: ingest.measure(corpus, figures),
        "quality": lambda: _quality(corpus, figures),
        "tax": lambda: tax.measure(corpus, figures),
        "lies": lambda: lies.measure(figures),
        "rows": lambda: rows.measure(figures),
        "table-questions": lambda: table_questions.measure(figures),
        "ordinary": lambda: ordinary.measure(figures, as_json=as_json),
        "pages": lambda: pages.measure(corpus, figures),
        "ending": lambda: ending.measure(figures),
        "embedder-change": lambda: embedder_change.measure(figures),
        "anomalies": lambda: anomalies.measure(figures),
        "tenants": lambda: tenants.measure(figures),
        "ingestion-share": lambda: sharing.measure(figures),
    }
    if not set(wanted) <= set(parts):
        print(f"Choose among: {', '.join([*parts, 'reading'])}", file=sys.stderr)
        return 2
    for name in wanted or parts:
        parts[name]()
    figures.write()
    return 0


def _quality(corpus: Path | None, figures: Figures) -> None:
    if corpus is None:
        print("quality: skipped, the corpus is not here; set BULKHEAD_TEST_CORPUS to its folder", file=sys.stderr)
        return
    asyncio.run(quality.measure(corpus, figures))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
