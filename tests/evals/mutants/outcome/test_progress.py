"""What is seen of the attacks: one changing line at a terminal, whole lines elsewhere."""

import io

from evals.mutants.outcome.progress import Board
from evals.mutants.outcome.results import Results
from tests.evals.mutants.made import finish, task, tell


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def _shown(stream: io.StringIO, **verdicts: str) -> str:
    one = task()
    results = Results([one], board=Board(3, stream))
    results.begin(one)
    results.hear(one, {"seed": "s", "step": "starts the service"})
    tell(results, one, verdicts)
    finish(results, one)
    results.end(one)
    return stream.getvalue()


def test_a_terminal_shows_the_mutant_its_family_and_how_many_are_left() -> None:
    shown = _shown(_Terminal(), A1="pass", A3="leak").split("\r\033[K")
    assert "3 left | M01 is copied" in shown
    assert "3 left | M01 starts the service" in shown
    assert "3 left | M01 by A3 (2 of 2)" in shown
    assert "M01: a leak found by A3 (2 left)\n" in shown


def test_without_a_terminal_there_is_a_line_for_each_family_and_each_mutant() -> None:
    assert _shown(io.StringIO(), A1="pass", A3="inconclusive").splitlines() == [
        "M01 A1 pass 3 trials 0.5 s",
        "M01 A3 inconclusive 3 trials 0.5 s",
        "M01: inconclusive A3; pass A1 (2 left)",
    ]
