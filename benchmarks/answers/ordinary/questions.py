"""The questions to the ordinary tenants, read from `questions.yaml`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

_FILE: Final = Path(__file__).with_name("questions.yaml")


@dataclass(frozen=True, slots=True)
class OrdinaryQuestion:
    """A question with what must stand in its answer: all parts of one of `alternatives`; of none, it has no answer.

    `older` is a replaced value that may not come before the right one. `rows` are the conditions of a count,
    and `total` is the column that is added up.
    """

    text: str
    kind: str
    alternatives: Sequence[Sequence[str]] = ()
    source: str = ""
    older: str = ""
    is_table: bool = False
    rows: Mapping[str, str] = field(default_factory=dict)
    total: str = ""

    @property
    def is_answerable(self) -> bool:
        """Whether a document holds the answer."""
        return bool(self.alternatives)

    @property
    def is_computed(self) -> bool:
        """Whether the answer is a count or a sum, which stands nowhere in the document."""
        return bool(self.rows or self.total)


def questions() -> Mapping[str, Sequence[OrdinaryQuestion]]:
    """Return the questions of every tenant, in the order of the file."""
    told: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {
        tenant: [*_answerable(groups["answerable"]), *_others(groups["unanswerable"])]
        for tenant, groups in told.items()
    }


def _answerable(groups: Mapping[str, Any]) -> list[OrdinaryQuestion]:
    return [
        OrdinaryQuestion(
            one["q"],
            kind,
            [[each] if isinstance(each, str) else each for each in one["any"]],
            one["source"],
            one.get("older", ""),
            one.get("table", False),
            one.get("rows", {}),
            one.get("total", ""),
        )
        for kind, found in groups.items()
        for one in found
    ]


def _others(groups: Mapping[str, Any]) -> list[OrdinaryQuestion]:
    return [OrdinaryQuestion(text, kind) for kind, texts in groups.items() for text in texts]
