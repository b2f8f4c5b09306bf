"""Outcomes as tests make them up: a right answer unless told otherwise."""

from dataclasses import replace

from evals.quality.cases import Case, Cited, Kind, Outcome

CASE = Case("c1", "Acme", "How many days?", Kind.ANSWERABLE, ("30 days",), frozenset({"leave.md"}))
RIGHT = Outcome(
    case=CASE,
    ranked=("leave.md", "other.md"),
    contexts=("Leave is 30 days.",),
    answer="Leave is 30 days. [1]",
    refused=False,
    citations=(Cited("leave.md", "Leave is 30 days."),),
    search_seconds=0.01,
    ask_seconds=0.02,
)
REFUSED = replace(RIGHT, answer="I cannot say.", refused=True, citations=())
NOBODY_KNOWS = replace(
    CASE, id="c2", question="How tall is the tower?", kind=Kind.MISSING, golds=(), sources=frozenset()
)
