"""The whole measurement: read the sets, ask them, compare, let a judge look, and fill the table."""

from dataclasses import dataclass, replace
from pathlib import Path

from evals.quality import compare
from evals.quality.datasets import EXAMPLES, FULL, SAMPLED, SEED, read
from evals.quality.judge import Judge, judged, reference_texts
from evals.quality.run import asked
from evals.quality.service import Service
from evals.quality.summary import measures
from evals.verdicts.quality import QualityTable


@dataclass(frozen=True, slots=True)
class Options:
    """What is measured: how much, from where, against which baseline (None: against none), judged by whom."""

    corpus: Path | None
    full: bool = False
    baseline: Path | None = None
    write_baseline: bool = False
    judge: Judge | None = None
    examples: Path = EXAMPLES
    seed: int = SEED
    """Of the sample and of the bootstrap; another one asks other questions of the corpus than the baseline holds."""


async def measured(service: Service, options: Options) -> QualityTable:
    """Measure a service; raises NothingCompared, JudgeFailed, OSError, and what the service raises."""
    sample = replace(FULL if options.full else SAMPLED, seed=options.seed)
    sets, skipped = read(options.corpus, sample, options.examples)
    results = await asked(service, sets)
    rows = {name: measures(name, outcomes) for name, outcomes in results.items()}
    now = {name: compare.kept(outcomes, rows[name]) for name, outcomes in results.items()}
    notes = [sample.sentence(), *skipped]
    if options.write_baseline and options.baseline is not None:
        compare.write(options.baseline, now, sample.sentence())
    if options.baseline is None:
        found = tuple(row for each in rows.values() for row in each)
        notes.append("Nothing was compared: no baseline was named.")
    else:
        found, not_compared = compare.compared(rows, now, compare.read(options.baseline), options.seed)
        notes += not_compared
    if options.judge is not None:
        more, undefined = await judged(options.judge, results, reference_texts(sets))
        found, notes = (*found, *more), [*notes, *undefined]
    return QualityTable(found, tuple(notes))
