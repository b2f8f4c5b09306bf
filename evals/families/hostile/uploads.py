"""A19: hostile uploads are refused or fail with a reason, write nothing outside, and nobody else notices.

Others' answers are compared before and after; the files that hostile names point at are looked for on this machine,
which is where the target runs when it answers on loopback.
"""

import asyncio
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evals.families.hostile.files import BOMB, NAMED, Hostile, bomb, expands, hostile_files
from evals.families.leaves import leaves
from evals.families.registry import Family
from evals.families.whitebox.scanning import files_below
from evals.stage.populate import NotPossible, disposable
from evals.stage.stage import Stage, View
from evals.stage.tenant import StagedTenant
from evals.target.pacing import NotInTime, until
from evals.target.reply import Reply
from evals.target.spec import is_loopback
from evals.verdicts.family import Evidence
from evals.verdicts.trial import Cell, ControlKind, Trial

_STANDARDS: Final = ("OWASP-AISVS-8.5.4", "L33", "L34", "L35")
_REFUSED: Final = range(400, 500)
_TEXT: Final = re.compile(r"[A-Za-z]{3,} [A-Za-z]{2,}")
_MARKS: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
"""What makes a terminal or a page show another name than there is."""
_LEAST_RATIO: Final = 100


@dataclass(frozen=True, slots=True)
class _End:
    """How an upload ended: the answer to it, the last answer about its document, and which status that gave."""

    sent: Reply
    last: Reply
    status: str

    @property
    def reasoned(self) -> bool:
        """Whether a person is told why."""
        return bool(_TEXT.search(self.last.text))


async def run(stage: Stage, evidence: Evidence) -> None:
    """Let one tenant upload everything, and every other look at its own before and after."""
    if stage.sink is None:
        raise NotPossible("The run has no sink, which external entities point at.")
    attacker, *others = stage.tenants
    uploads = _Uploads(stage, evidence, attacker, f"hostile{stage.rng.getrandbits(48):012x}")
    before = [await stage.view(victim, 1) for victim in others]
    uploads.silent([await stage.view(victim, 1) for victim in others], before)
    for one in hostile_files(uploads.mark, stage.sink.url):
        uploads.judge(one, await uploads.put(one), others)
    for victim, earlier in zip(others, before, strict=True):
        uploads.unchanged(victim, earlier, await stage.view(victim, 1))
    uploads.outside()
    await uploads.ordinary()
    uploads.fetched(stage.sink.fetched_with(uploads.mark))


class _Uploads:
    def __init__(self, stage: Stage, evidence: Evidence, attacker: StagedTenant, mark: str) -> None:
        self._stage, self._evidence, self._attacker, self.mark = stage, evidence, attacker, mark
        self._last: Reply | None = None

    async def put(self, one: Hostile) -> _End | None:
        """Upload a file and wait for its end; None if it has none in time."""
        session, how = self._attacker.session, self._stage.spec.ready
        sent = await session.call("ingest", name=one.name, content=one.content)
        self._last = sent
        ids = [str(given) for given in sent.every("document_id")] if sent.done else []
        self._attacker.put_in += ids
        if not ids or how is None:
            return _End(sent, sent, "" if sent.done else "refused")
        seen: list[Reply] = []

        async def ended() -> str | None:
            seen.append(await session.call(how.operation, document_id=ids[0]))
            now = [str(given) for given in seen[-1].every(how.value)]
            return now[0] if now and now[0] in how.done | how.failed else None

        try:
            status = await until(ended, f"the end of {one.what}", how.seconds)
        except NotInTime:
            return None
        finally:
            if self._stage.serves("delete"):
                await session.call("delete", document_id=ids[0])
        return _End(sent, seen[-1], "failed" if status in how.failed else "ready")

    def judge(self, one: Hostile, end: _End | None, others: Iterable[StagedTenant]) -> None:
        """Say what is wrong with how an upload ended."""
        for victim in others:
            self._evidence.trial(Trial("", one.what, self._cell(), self._attacker.name, victim.name))
        if end is None:
            self._leak(f"A hostile upload ({one.what}) never ends.")
            return
        reply = end.sent
        if not reply.done and reply.status not in _REFUSED:
            self._leak(f"A hostile upload ({one.what}) breaks the service: {reply.status}.")
        elif end.status in {"refused", "failed"} and not end.reasoned:
            self._leak(f"A hostile upload ({one.what}) ends without a reason.")
        elif end.status == "ready" and one.sort != NAMED:
            became = "was opened" if one.sort == BOMB else "became a document without text"
            self._leak(f"A hostile upload ({one.what}) {became}.")
        if any(self.mark in value and _MARKS.search(value) for value in leaves(end.last).values()):
            self._leak(f"A hostile upload ({one.what}) is shown with the control or direction marks of its name.")
        if any("x-injected" in name for name, _ in (*reply.headers, *end.last.headers)):
            self._leak(f"A hostile upload ({one.what}) puts a header into an answer.")

    def silent(self, again: list[View], before: list[View]) -> None:
        """Write down that two looks with nothing between them are the same."""
        name = "Two looks of the others with nothing between them are the same."
        self._evidence.control(ControlKind.NEGATIVE, name, held=again == before)

    def unchanged(self, victim: StagedTenant, before: View, after: View) -> None:
        """Compare what another tenant sees."""
        changed = [name for (name, one), (_, other) in zip(before, after, strict=True) if one != other]
        if changed:
            self._leak(f"Hostile uploads change what another tenant sees: {changed[0]}.", victim)

    def outside(self) -> None:
        """Look for files that hostile names would have made."""
        if not all(is_loopback(host) for host in map(_host, self._stage.spec.bases.values())):
            return
        inside = [Path(path) for path in self._stage.spec.white_box.values()]
        found = [path for path in Path("/tmp").glob("*") if self.mark in path.name]  # noqa: S108 - it is looked at only
        found += [path for path in Path.cwd().glob("*") if self.mark in path.name]
        found += [path for path in files_below(inside) if self.mark in path.name]
        for path in found:
            self._leak(f"A hostile name became a file: {path.name[-20:]!r}.")

    def fetched(self, heard: Iterable[object]) -> None:
        """Report what a parser fetched."""
        for _ in heard:
            self._leak("A parser fetched what an entity points at.")

    async def ordinary(self) -> None:
        """Show that an ordinary file goes the same way and is taken, and that the bombs are bombs."""
        script = disposable(self._attacker, self._stage.rng)
        end = await self.put(Hostile("ordinary", NAMED, script.name, script.content.encode()))
        held = end is not None and end.status in {"ready", ""} and end.sent.done
        positive = ControlKind.POSITIVE
        self._evidence.control(positive, "An ordinary file that goes the same way is taken.", held=held)
        ratio = expands(await asyncio.to_thread(bomb, "word/document.xml"))
        name = "The bomb grows when it is opened."
        self._evidence.control(positive, name, held=ratio > _LEAST_RATIO, detail=f"{ratio:.0f} times")

    def _cell(self) -> Cell:
        return Cell("" if self._last is None else self._last.route, "body:file", "documents", "http")

    def _leak(self, title: str, victim: StagedTenant | None = None) -> None:
        if self._last is None:
            raise NotPossible("Nothing was uploaded.")
        seen = victim or self._attacker
        finding = self._stage.finding(
            title, self._last, attacker=self._attacker, victim=seen.name, cell=self._cell(), says=title
        )
        self._evidence.leak(finding)


def _host(url: str) -> str:
    return re.sub(r"^\w+://|[:/].*$", "", re.sub(r"^(\w+://)\[([^\]]+)\].*", r"\2", url)) or url


FAMILY = Family("A19", "Hostile uploads", frozenset({"ingest"}), _STANDARDS, run)
