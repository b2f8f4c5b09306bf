"""What was found is kept as it comes, and a later run does what is left, and nothing twice."""

import json

from evals.mutants.outcome.results import Results
from tests.evals.mutants.made import finish, task, tell


def test_everything_that_was_found_is_kept() -> None:
    one = task()
    results = Results([one])
    tell(results, one, {"A1": "leak"}, findings=40)
    (run,) = results.runs["M01"]
    assert len(run["families"]["A1"]["findings"]) == 40
    assert results.unfinished == ["M01"]
    assert results.outcomes == []


def test_what_was_finished_before_the_end_counts_and_the_rest_is_named() -> None:
    one = task()
    results = Results([one])
    tell(results, one, {"A1": "pass"})
    results.end(one, "It took longer than 900 s.")
    (outcome,) = results.outcomes
    assert (outcome.verdicts("A1"), outcome.verdicts("A3")) == (["pass"], ["error"])
    assert outcome.error == "It took longer than 900 s. Not finished: A3."


def test_a_later_run_does_the_families_and_seeds_that_are_missing() -> None:
    done, begun, other = task("M01"), task("clean", seeds=("s", "t", "u")), task("M02")
    first = Results([done, begun, other])
    for one in (done, begun):
        tell(first, one, {"A1": "pass", "A3": "pass"})
        finish(first, one)
        first.end(one) if one is done else None
    tell(first, begun, {"A1": "pass"}, seed="t")
    kept = json.loads(json.dumps(first.runs))
    second = Results([done, begun, other], kept)
    assert [(one.name, one.families, one.seeds) for one in second.todo] == [
        ("clean", ("A3",), ("t",)),
        ("clean", ("A1", "A3"), ("u",)),
        ("M02", ("A1", "A3"), ("s",)),
    ]
    for left in second.todo:
        tell(second, left, dict.fromkeys(left.families, "pass"), seed=left.seeds[0])
        finish(second, left, seed=left.seeds[0])
        second.end(left)
    assert second.unfinished == []
    assert [one.verdicts("A1") for one in second.outcomes] == [["pass"], ["pass"] * 3, ["pass"]]


def test_a_seed_of_which_no_family_is_missing_is_done() -> None:
    one = task()
    first = Results([one])
    tell(first, one, {"A1": "pass", "A3": "pass"})
    assert Results([one], first.runs).todo == []


def test_each_change_is_kept() -> None:
    one, kept = task(), list[int]()
    results = Results([one], keep=lambda now: kept.append(len(now.runs)))
    tell(results, one, {"A1": "pass"})
    finish(results, one)
    results.end(one)
    assert len(kept) == 3
