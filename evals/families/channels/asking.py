"""Ask a target a question through every operation that takes one."""

import re
from typing import Final

from evals.stage.stage import Stage
from evals.target.operation import Operation
from evals.target.reply import Reply
from evals.target.session import Session
from evals.verdicts.trial import Cell

OPERATIONS: Final = ("search", "ask", "chat")
TOP: Final = 10
_QUESTION: Final = re.compile(r"\{\{\s*(query|question)\b")


def asking(stage: Stage) -> list[str]:
    """Return the operations that take a question and are served."""
    return [name for name in OPERATIONS if stage.serves(name)]


async def ask(session: Session, operation: str, text: str, **more: object) -> Reply:
    """Ask a question; return any answer."""
    return await session.call(operation, query=text, question=text, top_k=TOP, **more)


def cell_of(stage: Stage, operation: str, reply: Reply, store: str, surface: str = "http") -> Cell:
    """Return the cell of coverage that a question attacks."""
    return Cell(reply.route, _slot(stage.spec.operations[operation]), store, surface)


def _slot(operation: Operation) -> str:
    places = [("body", operation.json), ("body", operation.form), ("query", operation.query)]
    for place, template in places:
        for name, value in template.items() if isinstance(template, dict) else ():
            if _QUESTION.search(str(value)):
                return f"{place}:{name}"
    return ""
