"""A leak that was seen, with what is needed to see it again."""

from dataclasses import dataclass
from typing import Final

from evals.verdicts.trial import Cell

_SHOWN: Final = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """One leak: whose, to whom, where, and a line that reproduces it."""

    family: str
    title: str
    attacker: str
    victim: str
    cell: Cell
    excerpt: str
    """What the detector saw, redacted: see `shortened`."""
    json_path: str
    """Where in the reply; empty for headers and raw bytes."""
    curl: str
    """Reproduces it; credentials stand as variables such as `$ATTACKER_TOKEN`."""
    standards: tuple[str, ...]
    """`OWASP-AISVS-8.5.4`, `OWASP-LLM09:2026`, `L11`."""
    level: str = "error"

    @property
    def key(self) -> tuple[str, str, str, Cell]:
        """What makes it another finding and not the same one again."""
        return (self.title, self.attacker, self.victim, self.cell)


def shortened(secret: str) -> str:
    """Return the first four characters of a secret and an ellipsis."""
    return f"{secret[:_SHOWN]}…"
