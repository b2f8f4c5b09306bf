"""Read the example tenants: documents, profile, questions, secrets."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

HOME: Final = Path(__file__).resolve().parents[2] / "examples"


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask, which words would be an answer, and which files hold them."""

    text: str
    answers: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Secret:
    """What must not cross to another tenant, and what a stranger would ask to get at it."""

    words: str
    question: str


@dataclass(frozen=True, slots=True)
class Example:
    """One example tenant; `wish` is what the operator plane takes to create it."""

    name: str
    wish: Mapping[str, Any]
    documents: tuple[Path, ...]
    questions: tuple[Question, ...]
    secrets: tuple[Secret, ...]


def read_examples(home: Path) -> tuple[Example, ...]:
    """Return the tenants below `home` in alphabetical order; FileNotFoundError when there are none."""
    found = tuple(_read(path.parent) for path in sorted(home.glob("*/tenant.json")))
    if not found:
        raise FileNotFoundError(2, "There are no example tenants", str(home))
    return found


def _read(folder: Path) -> Example:
    wish = _json(folder / "tenant.json")
    questions = _json(folder / "questions.json")
    return Example(
        name=wish["name"],
        wish=wish,
        documents=tuple(sorted((folder / "documents").iterdir())),
        questions=tuple(Question(q["question"], tuple(q["answer"]), tuple(q["sources"])) for q in questions),
        secrets=tuple(Secret(s["secret"], s["question"]) for s in _json(folder / "secrets.json")),
    )


def _json(path: Path) -> Any:  # noqa: ANN401 - JSON
    return json.loads(path.read_text(encoding="utf-8"))
