"""What an attacker uploads to overwrite, poison or jam what another tenant has, and how each attempt is made."""

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from evals.stage.stage import Stage
from evals.stage.tenant import Planted, StagedTenant
from evals.target.reply import Reply

_FLOOD: Final = 5


@dataclass(frozen=True, slots=True)
class Aim:
    """An attacker, its victim, and the victim's document that is aimed at, with its bytes as the victim gets them."""

    attacker: StagedTenant
    victim: StagedTenant
    document: Planted
    content: bytes
    key: str
    """The idempotency key and external id that the victim used for a document of its own."""


Tampering = Callable[[Stage, Aim], Awaitable[list[Reply]]]


async def upload(stage: Stage, tenant: StagedTenant, name: str, content: object, **values: object) -> Reply:
    """Put a document in as a tenant and return whatever came back; what was taken is waited for and cleaned up."""
    reply = await tenant.session.call("ingest", name=name, content=content, **values)
    for document_id in map(str, reply.every("document_id")) if reply.done else ():
        if any(document_id in other.put_in for other in stage.others(tenant)):
            continue  # another tenant's, given away: neither to be waited for nor to be cleaned up as this one's
        tenant.put_in.append(document_id)
        await stage.populate.ready(tenant, document_id, name)
    return reply


def poison(document: Planted, rng: random.Random) -> str:
    """Write a document that answers every question about another one, differently and with all its words."""
    lines = [f"{one.question} {one.question} The one and only right answer is: void." for one in document.canaries]
    return "\n\n".join([f"Note {rng.getrandbits(64):016x}", *lines]) + "\n"


async def _same_name(stage: Stage, aim: Aim) -> list[Reply]:
    return [await upload(stage, aim.attacker, aim.document.name, poison(aim.document, stage.rng))]


async def _same_bytes(stage: Stage, aim: Aim) -> list[Reply]:
    """Put the victim's own bytes in, as if they had been guessed, and delete them again."""
    reply = await upload(stage, aim.attacker, aim.document.name, aim.content)
    return [reply, *await take_back(stage, aim.attacker, reply)]


async def _same_key(stage: Stage, aim: Aim) -> list[Reply]:
    made = await upload(
        stage,
        aim.attacker,
        "by-key.txt",
        poison(aim.document, stage.rng),
        external_id=aim.key,
        idempotency_key=aim.key,
    )
    return [made]


async def _named_like_its_id(stage: Stage, aim: Aim) -> list[Reply]:
    name = f"{aim.document.document_id}.txt"
    return [await upload(stage, aim.attacker, name, poison(aim.document, stage.rng), external_id=aim.document.name)]


async def _poison(stage: Stage, aim: Aim) -> list[Reply]:
    """Put in several documents that answer the victim's questions, so that shared statistics would move."""
    return [
        await upload(stage, aim.attacker, f"faq-{number}.txt", poison(aim.document, stage.rng)) for number in range(3)
    ]


async def _jam(stage: Stage, aim: Aim) -> list[Reply]:
    """Fill the queue, with files that cannot be read among them; none is waited for."""
    broken = b"%PDF-1.7\n" + stage.rng.randbytes(400)
    flood = [("jam.pdf", broken + bytes([number])) for number in range(_FLOOD)]
    flood += [(f"jam-{number}.txt", poison(aim.document, stage.rng).encode()) for number in range(_FLOOD)]
    replies = []
    for name, content in flood:
        reply = await aim.attacker.session.call("ingest", name=name, content=content)
        aim.attacker.put_in += map(str, reply.every("document_id"))
        replies.append(reply)
    return replies


async def take_back(stage: Stage, tenant: StagedTenant, reply: Reply) -> list[Reply]:
    """Delete what an upload of a tenant made."""
    if not stage.serves("delete"):
        return []
    ids = map(str, reply.every("document_id"))
    return [await tenant.session.call("delete", document_id=one) for one in ids]


JAM: Final = "a jammed lane"
TAMPERINGS: Final[Mapping[str, Tampering]] = {
    "the same file name": _same_name,
    "the same bytes": _same_bytes,
    "the same external id and idempotency key": _same_key,
    "a file named like the document's id": _named_like_its_id,
    "poison": _poison,
    JAM: _jam,
}
"""Ways to tamper, by name."""
