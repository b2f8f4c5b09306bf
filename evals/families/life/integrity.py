"""A16: whatever another tenant puts in, a victim's every list, document, hit and answer stays as it was.

Others overwrite by file name, bytes, external id and idempotency key, poison what the victim asks about, and jam the
queue. The victim looks at everything before and after; two looks with nothing between them are equal, and a document
that the victim itself puts in makes a difference.
"""

import asyncio
import re
from typing import Final

from evals.families.life.tampering import JAM, TAMPERINGS, Aim, poison, take_back, upload
from evals.families.registry import AISVS, LLM09, Family
from evals.stage.populate import disposable
from evals.stage.stage import Stage, View
from evals.stage.tenant import StagedTenant
from evals.target.masks import Observable
from evals.target.pacing import NotInTime
from evals.target.reply import Reply
from evals.verdicts.family import Evidence
from evals.verdicts.trial import Cell, ControlKind, Trial

_STANDARDS: Final = (AISVS, LLM09, "L15", "L17", "L26", "L36", "L37")
_QUESTIONS: Final = 2  # of each document
_VICTIMS: Final = 2  # at most: each takes some twenty uploads


async def run(stage: Stage, evidence: Evidence) -> None:
    """Tamper with every victim in every way, and let it look each time."""
    integrity = _Integrity(stage, evidence)
    for victim in stage.pick(stage.tenants, min(_VICTIMS, max(1, stage.trials // len(TAMPERINGS)))):
        await integrity.victim(victim)


class _Integrity:
    def __init__(self, stage: Stage, evidence: Evidence) -> None:
        self._stage, self._evidence = stage, evidence

    async def victim(self, victim: StagedTenant) -> None:
        """Attack one victim, each time as another tenant."""
        stage = self._stage
        key, mark = f"key-{stage.rng.getrandbits(64):016x}", disposable(victim, stage.rng)
        marked = await upload(stage, victim, mark.name, mark.content, external_id=key, idempotency_key=key)
        before = await self._look(victim)
        self._silent(victim, before, await self._look(victim))
        for number, (what, tamper) in enumerate(TAMPERINGS.items()):
            attacker = stage.others(victim)[number % (len(stage.tenants) - 1)]
            document = stage.rng.choice(victim.documents)
            content = await self._content(victim, document.document_id)
            replies = await tamper(stage, Aim(attacker, victim, document, content, key))
            after = await self._look(victim)
            self._judge(what, attacker, victim, replies, (before, after))
            if what == JAM:
                await self._served(what, attacker, victim, replies[0])
            for reply in replies:
                await take_back(stage, attacker, reply)
            before = await self._look(victim)
        await self._told(victim, before)
        await take_back(stage, victim, marked)

    async def _served(self, what: str, attacker: StagedTenant, victim: StagedTenant, reply: Reply) -> None:
        """See that a document of the victim's own still gets ready, and take it back."""
        try:
            spare = await self._stage.disposable(victim)
        except NotInTime as error:
            title = f"Another tenant's upload ({what}) keeps a victim's document from getting ready."
            self._leak(title, reply, attacker, victim, str(error))
            return
        if self._stage.serves("delete"):
            await victim.session.must("delete", document_id=spare.document_id)
            victim.disown(spare.document_id)

    async def _look(self, victim: StagedTenant) -> View:
        """Return everything that a victim sees: what is steady, and what it is answered."""
        asked = [
            (name, canary.question)
            for document in victim.documents
            for canary in document.canaries[:_QUESTIONS]
            for name in ("search", "ask")
            if self._stage.serves(name)
        ]
        replies = await asyncio.gather(
            *(victim.session.call(name, query=text, question=text, top_k=10) for name, text in asked)
        )
        told: list[tuple[str, Observable]] = [
            (f"{name}: {text}", self._stage.observe(reply)) for (name, text), reply in zip(asked, replies, strict=True)
        ]
        return (*await self._stage.view(victim), *told)

    async def _content(self, victim: StagedTenant, document_id: str) -> bytes:
        """Return a document's bytes as its owner gets them, or its id where they cannot be got."""
        for name in ("content", "download"):
            if self._stage.serves(name):
                return (await victim.session.must(name, document_id=document_id)).body
        return document_id.encode()

    def _judge(
        self,
        what: str,
        attacker: StagedTenant,
        victim: StagedTenant,
        replies: list[Reply],
        views: tuple[View, View],
    ) -> None:
        stage, before, after = self._stage, dict(views[0]), dict(views[1])
        cell = Cell(replies[0].route, "body:file", "documents", "http")
        self._evidence.trial(Trial("", what, cell, attacker.name, victim.name))
        changed = [name for name in before if before[name] != after.get(name)]
        first = {re.split(" of |: ", name)[0]: name for name in reversed(changed)}
        for surface, name in first.items():
            says = before[name].difference(after[name]) if name in after else "It is gone."
            title = f"Another tenant's upload ({what}) changes what {surface} shows."
            self._leak(title, replies[0], attacker, victim, says)
        for reply in replies:
            sent = reply.request
            said = [part for _, name, content, _ in sent.files for part in (name, content.decode("latin-1"))]
            shown = stage.look(reply, attacker, [*said, *(sent.form or {}).values(), sent.path])
            if shown.leaks:
                title = f"An upload ({what}) is answered with a thing of another tenant."
                self._leak(title, reply, attacker, victim, "an id or a secret of the victim")

    def _leak(self, title: str, reply: Reply, attacker: StagedTenant, victim: StagedTenant, says: str) -> None:
        cell = Cell(reply.route, "body:file", "documents", "http")
        self._evidence.leak(
            self._stage.finding(title, reply, attacker=attacker, victim=victim.name, cell=cell, says=says)
        )

    def _silent(self, victim: StagedTenant, before: View, again: View) -> None:
        difference = next((f"{name}: {one.difference(dict(again)[name])}" for name, one in before if
                           one != dict(again)[name]), "")  # fmt: skip
        name = f"Two looks of {victim.name} with nothing between them are the same."
        self._evidence.control(ControlKind.NEGATIVE, name, held=not difference, detail=difference)

    async def _told(self, victim: StagedTenant, before: View) -> None:
        """Show that a poison of the victim's own is seen, and take it back."""
        own = await upload(self._stage, victim, "own.txt", poison(victim.documents[0], self._stage.rng))
        changed = [name for name, one in await self._look(victim) if dict(before).get(name) != one]
        name = f"What {victim.name} itself puts in changes what it sees."
        self._evidence.control(ControlKind.POSITIVE, name, held=bool(changed), detail=f"{len(changed)} places")
        await take_back(self._stage, victim, own)


FAMILY = Family("A16", "Integrity as the victim sees it", frozenset({"ingest", "search"}), _STANDARDS, run)
