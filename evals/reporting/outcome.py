"""The few sentences that say what a run showed, and what its numbers mean."""

from dataclasses import dataclass
from typing import Final

from evals.verdicts.family import FamilyResult, Verdict, rate_bound
from evals.verdicts.gate import ExitCode, Run, exit_code

REACH: Final = {
    1: "search and questions only",
    2: "search, questions and documents",
    3: "documents, tenant administration and logs",
    4: "everything, with help from inside: prompts, store bytes, row security, audit",
}

ALWAYS_UNPROVEN: Final = (
    "Attacks that no family of this suite makes. No finding is not the absence of leaks.",
    "A rate for every request a tenant could send: attempts on deterministic code are not independent.",
    "What root on the host, the operator of the target or a model provider can see.",
)
"""What no run can show, whatever it found."""

_WORDS: Final = {
    ExitCode.PASSED: "pass",
    ExitCode.LEAKED: "leak",
    ExitCode.QUALITY_REGRESSED: "quality regression",
    ExitCode.NOT_SHOWN: "not shown",
    ExitCode.HARNESS_FAILED: "harness error",
}


@dataclass(frozen=True, slots=True)
class Statistics:
    """A bound on the rate of leaks together with the attempts it speaks about."""

    distinct_trials: int
    bound: float | None
    population: str
    weakest_family: str
    weakest_trials: int
    weakest_bound: float | None


def outcome(run: Run) -> str:
    """Return the outcome as a word or two."""
    return _WORDS[exit_code(run)]


def sentence(run: Run) -> str:
    """Return the verdict as one sentence."""
    match exit_code(run):
        case ExitCode.HARNESS_FAILED:
            found = sum(len(one.findings) for one in run.families)
            before = f"{_count(found, 'leak')} found before it broke" if found else "it shows nothing about the target"
            return f"The run broke: {_count(len(run.harness_errors), 'harness error')}; {before}."
        case ExitCode.LEAKED:
            leaky = [one for one in run.families if one.findings]
            found = sum(len(one.findings) for one in leaky)
            pairs = len({(one.attacker, one.victim) for family in leaky for one in family.findings})
            return (
                f"{_count(found, 'leak')} found by {_count(len(leaky), 'family', 'families')} "
                f"between {_count(pairs, 'pair')} of tenants."
            )
        case ExitCode.NOT_SHOWN:
            return f"No leak was found, but isolation was not shown{_why(run)}"
        case ExitCode.QUALITY_REGRESSED:
            lost = [one for one in run.quality.measures if one.regressed] if run.quality else []
            return f"No leak was found, but {_count(len(lost), 'measure')} of quality fell below the baseline."
        case _ if run.kind == "quality":
            return "No measure of quality fell below its baseline."
        case _:
            passed = [one for one in run.families if one.verdict is Verdict.PASS]
            return f"No leak was found by any of {_count(len(passed), 'family', 'families')}, and every control held."


def covered(run: Run) -> str:
    """Return what was reached, as the sentence that stands before every number of statistics."""
    coverage = run.coverage
    touched = len(set(coverage.routes_served) & set(coverage.routes_touched))
    return (
        f"{touched} of {_count(len(coverage.routes_served), 'served route')} touched; "
        f"{_count(len(coverage.cells), 'cell')} of coverage (route x id slot x store x surface)."
    )


def statistics(run: Run) -> Statistics:
    """Return the bound over all families that passed, and the weakest of theirs."""
    passed = [one for one in run.families if one.verdict is Verdict.PASS and one.distinct]
    trials = sum(one.distinct for one in passed)
    if not passed or any(one.findings for one in run.families):
        why = "with a leak found there is nothing to bound" if any(one.findings for one in run.families) else "no trial"
        return Statistics(trials, None, f"No bound: {why}.", "", 0, None)
    weakest = min(passed, key=lambda one: (one.distinct, one.family))
    return Statistics(
        trials, rate_bound(trials), _population(passed), weakest.family, weakest.distinct, rate_bound(weakest.distinct)
    )


def bounded(run: Run) -> str:
    """Return the bound with its population as a sentence."""
    numbers = statistics(run)
    if numbers.bound is None or numbers.weakest_bound is None:
        return numbers.population
    return (
        f"At most {percent(numbers.bound)} of such attempts would leak, with 95 % confidence: {numbers.population} "
        f"The family with the fewest trials, {numbers.weakest_family} ({numbers.weakest_trials}), "
        f"bounds its own kind at {percent(numbers.weakest_bound)}."
    )


def reach(run: Run) -> str:
    """Return how far into the target the run could go."""
    return f"{run.reach}: {REACH.get(run.reach, 'unknown')}"


def percent(rate: float) -> str:
    """Return a rate as a percentage with two significant digits, on one line with its sign."""
    return f"{rate * 100:.2g}\N{NO-BREAK SPACE}%"


def unproven(run: Run) -> tuple[str, ...]:
    """Return what the run does not prove, the particular before the general."""
    return (*run.not_proven, *ALWAYS_UNPROVEN)


def _population(passed: list[FamilyResult]) -> str:
    trials = sum(one.distinct for one in passed)
    return (
        f"{trials:,} distinct trials (canary, template, place, attacker and victim) of "
        f"{_count(len(passed), 'family', 'families')}, taken as independent."
    )


def _why(run: Run) -> str:
    return f". {run.stopped}" if run.stopped else f": {_missing(run)}."


def _missing(run: Run) -> str:
    doubtful = [one.family for one in run.families if one.verdict is Verdict.INCONCLUSIVE]
    missing = [f"{', '.join(doubtful)} inconclusive"] if doubtful else []
    if run.coverage.untouched:
        missing.append(f"{_count(len(run.coverage.untouched), 'served route')} that no probe touched")
    return "; ".join(missing) or "nothing was measured"


def _count(number: int, one: str, several: str = "") -> str:
    return f"{number:,} {one if number == 1 else several or one + 's'}"
