"""What a target answered, in the forms that probes look at."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from evals.target.extract import found_at
from evals.target.operation import Request

_JSON_LINES: Final = frozenset({"application/jsonl", "application/x-ndjson", "application/x-jsonlines"})


class GaveNothing(Exception):
    """A reply does not hold what the target file says it gives; the message says what."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, with the request that it answers."""

    request: Request
    route: str
    """The verb and the template of the path: `GET /v1/documents/{document_id}`."""
    principal: str
    status: int
    headers: tuple[tuple[str, str], ...]
    """In the order they came, names in lower case."""
    body: bytes
    seconds: float
    curl: str
    """A line that sends the same request; credentials stand as variables."""
    gives: Mapping[str, str] = field(default_factory=dict)
    done: bool = True
    """Whether the status is one that the operation expects when it is done."""

    @property
    def json(self) -> object:
        """The body as JSON, or None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def text(self) -> str:
        """The body as text; what is not UTF-8 shows as a mark."""
        return self.body.decode("utf-8", errors="replace")

    @property
    def raw(self) -> bytes:
        """The whole answer for a detector: status, every header, body."""
        return self._head + self.body

    @property
    def _head(self) -> bytes:
        head = "".join(f"{name}: {value}\n" for name, value in self.headers)
        return f"{self.status}\n{head}\n".encode("utf-8", errors="surrogateescape")

    @property
    def parts(self) -> tuple[bytes, ...]:
        """The whole answer in parts that nothing runs across: what is before JSON lines and each of these, else one."""
        lines = self.body.splitlines() if self.header("content-type").partition(";")[0] in _JSON_LINES else []
        if not lines or not all(line.startswith(b"{") and line.endswith(b"}") for line in lines):
            return (self.raw,)
        return (self._head, *lines)

    def header(self, name: str) -> str:
        """Return a header, or the empty string."""
        return next((value for given, value in self.headers if given == name.lower()), "")

    def every(self, name: str) -> list[object]:
        """Return all values that the operation gives under a name; none if it gives no such thing."""
        return found_at(self.gives[name], self.json) if name in self.gives else []

    def given(self, name: str) -> str:
        """Return the one value that the operation gives under a name; raises GaveNothing."""
        found = self.every(name)
        if not found or found[0] is None:
            raise GaveNothing(f"{self.route} answered {self.status} without {name!r}: {self.text[:200]!r}")
        return str(found[0])
