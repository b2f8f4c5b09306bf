"""The guard of tripwires: what it blocks alone, with every other wall down, and what it only reports."""

import time
from dataclasses import replace

import pytest
import sqlalchemy as sa

from retrieval.answer import Answer, Reason, answer_extractively
from retrieval.ask import Ask, ask
from retrieval.profile import Profile
from retrieval.search import Search, search, search_for
from tenancy.compartment import Compartment
from tenancy.errors import Unavailable
from tenancy.ids import BlobRef, ChunkId, DocumentId, new_id
from tenancy.models.terms import document_counts, question_weights
from tenancy.stores.schema import alarms, tripwires
from tenancy.stores.vectors import Matrix
from tenancy.stores.views import Chunk, DocumentStatus, Outcome, Upload
from tenancy.tripwires.alarms import Surface
from tests.tenancy.building import House, Resident, WordHashes, upload
from tests.tenancy.models.plain import plain

_QUESTION = "What is the watchword of the harbour vault?"


def _text(token: str) -> str:
    return f"The watchword of the harbour vault is {token} today."


async def leak(into: Compartment, text: str) -> DocumentId:
    """Put a text into a tenant's collection and records as if it were its own, past identity, storage and sealing.

    This is what a shared index and a worker with the wrong tenant's keys would do together.
    """
    known = Upload("vault.txt", new_id("sha"), len(text), "text/plain", time.time(), BlobRef(new_id("blb")))
    async with into.begin() as records:
        document = await records.documents.add(known)
    part = Chunk(ChunkId(new_id("chk")), document.id, known.name, 0, text, 0, len(text))
    embedded, sparse = await into.models.embed(plain([text])), [into.index.sparse(document_counts(text))]
    sealed = into.index.seal_version(document.version, [part], Matrix.of(embedded.vectors, sparse), {})
    async with into.begin() as records:
        await records.chunks.insert(sealed)
        await records.documents.finish(document.id, document.version, Outcome(chunks=1), DocumentStatus.READY)
        await records.documents.go_live(document.id, document.version)
    return document.id


async def trail(compartment: Compartment) -> list[tuple[str, str]]:
    """Return what the tenant's own audit says of tripwires."""
    async with compartment.snapshot() as records:
        entries, _ = await records.audit.page(100)
    return [(entry.action, entry.outcome) for entry in entries if entry.action.startswith("tripwire.")]


def _shown(answer: Answer) -> Answer:
    return replace(answer, id="")


@pytest.mark.shows("tripwires.search")
async def test_the_guard_alone_blocks_a_search_that_returns_another_tenants_text(
    home: House, a: Resident, b: Resident
) -> None:
    compartment, token = await home.enter(a), await home.plant(b, "the vault of B")
    await leak(compartment, _text(token))
    assert await search(compartment, Search(_QUESTION)) == []
    (alarm,) = home.rang
    assert (alarm.owner, alarm.place, alarm.seen_by) == (b.id, "the vault of B", a.id)
    assert (alarm.surface, alarm.blocked) == (Surface.SEARCH, True)
    assert await trail(compartment) == [("tripwire.search", "blocked")]


@pytest.mark.shows("tripwires.search", without="the guard")
async def test_without_the_guard_the_leak_shows_in_hits_and_in_the_answer(
    home: House, a: Resident, b: Resident
) -> None:
    compartment, token = await home.enter(a), await home.plant(b)
    await leak(compartment, _text(token))
    hits = (await search_for(compartment, Search(_QUESTION), compartment.models.embed_question(_QUESTION))).hits
    assert [hit.text for hit in hits] == [_text(token)]
    weights = await compartment.index.idf(list(question_weights(_QUESTION)))
    assert token in answer_extractively(_QUESTION, hits, Profile(), weights.__getitem__).answer
    assert home.rang == []


@pytest.mark.shows("tripwires.answers")
async def test_a_blocked_answer_is_the_refusal_that_weak_evidence_gets(home: House, a: Resident, b: Resident) -> None:
    compartment, token = await home.enter(a), await home.plant(b)
    await upload(compartment, "quay.txt", "Bollards are painted white.")
    await home.drain()
    ordinary = await ask(compartment, Ask("When does the ferry leave Harwich?"))
    assert ordinary.reason is Reason.WEAK_EVIDENCE
    await leak(compartment, _text(token))
    compartment = await home.enter(a)
    blocked = await ask(compartment, Ask(_QUESTION))
    tokens = WordHashes().count_tokens(_QUESTION)
    assert _shown(blocked) == replace(_shown(ordinary), usage=replace(ordinary.usage, embedding_tokens=tokens))
    assert [(alarm.surface, alarm.blocked) for alarm in home.rang] == [(Surface.CONTEXT, True)]


async def test_a_tenants_own_token_is_given_to_it_and_rings_nothing(home: House, a: Resident) -> None:
    compartment, token = await home.enter(a), await home.plant(a)
    await upload(compartment, "vault.txt", _text(token))
    await home.drain()
    assert token in (await ask(compartment, Ask(_QUESTION))).answer
    assert [hit.text for hit in await search(compartment, Search(_QUESTION))] == [_text(token)]
    assert home.rang == []


@pytest.mark.shows("tripwires.provenance")
async def test_a_tenant_cannot_silence_another_by_having_it_read_a_token(home: House, a: Resident, b: Resident) -> None:
    """A plants its own token, which it has every right to see, in a document that B takes in."""
    victim, token = await home.enter(b), await home.plant(a)
    await upload(victim, "letter-from-a.txt", _text(token))
    await home.drain()
    assert token in (await ask(victim, Ask(_QUESTION))).answer
    assert [hit.text for hit in await search(victim, Search(_QUESTION))] == [_text(token)]
    assert [(alarm.surface, alarm.blocked) for alarm in home.rang] == [(Surface.UPLOAD, False)]
    assert await trail(victim) == [("tripwire.upload", "noticed")]


async def test_a_token_that_arrived_in_a_files_name_or_metadata_blocks_nothing_either(
    home: House, a: Resident, b: Resident
) -> None:
    victim, token = await home.enter(b), await home.plant(a)
    await upload(victim, f"{token}.txt", "The crane lifts forty tonnes.")
    await home.drain()
    assert [hit.document_name for hit in await search(victim, Search("crane"))] == [f"{token}.txt"]
    assert [alarm.blocked for alarm in home.rang] == [False]


@pytest.mark.shows("tripwires.provenance")
async def test_a_token_in_a_question_only_rings(home: House, a: Resident, b: Resident) -> None:
    compartment, token = await home.enter(a), await home.plant(b)
    await upload(compartment, "quay.txt", "The quay was rebuilt in 1931.")
    await home.drain()
    question = f"The quay was rebuilt in 1931. {token}?"
    assert len(await search(compartment, Search(question))) == 1
    assert [(alarm.surface, alarm.blocked) for alarm in home.rang] == [(Surface.QUESTION, False)]


@pytest.mark.shows("tripwires.provenance")
async def test_what_arrived_with_one_document_excuses_no_other(home: House, a: Resident, b: Resident) -> None:
    compartment, token = await home.enter(a), await home.plant(b)
    await upload(compartment, "seen.txt", f"I once saw {token} written on a wall.")
    await home.drain()
    await leak(compartment, _text(token))
    assert await search(compartment, Search(_QUESTION)) == []


@pytest.mark.shows("tripwires.provenance")
async def test_the_question_excuses_no_hit(home: House, a: Resident, b: Resident) -> None:
    compartment, token = await home.enter(a), await home.plant(b)
    await leak(compartment, _text(token))
    assert await search(compartment, Search(f"{_QUESTION} {token}")) == []


async def test_a_document_that_is_replaced_still_answers_with_what_came_in_with_it(
    home: House, a: Resident, b: Resident
) -> None:
    victim, token = await home.enter(b), await home.plant(a)
    await upload(victim, "one.txt", _text(token), external="letter")
    await home.drain()
    await upload(victim, "two.txt", "Something else entirely.", external="letter")  # queued, not yet read
    assert [hit.text for hit in await search(victim, Search(_QUESTION))] == [_text(token)]


@pytest.mark.shows("tripwires.forgery")
@pytest.mark.parametrize("change", [{"body": b"\x01" * 200}, {"tenant_id": "itself"}])
async def test_an_owner_put_in_by_hand_owns_nothing(
    home: House, a: Resident, b: Resident, change: dict[str, object]
) -> None:
    compartment, token = await home.enter(a), await home.plant(b)
    values = {**change} if "body" in change else {"tenant_id": a.id}
    await home.execute(None, tripwires.update().values(**values))
    await leak(compartment, _text(token))
    assert await search(compartment, Search(_QUESTION)) == []
    assert [(alarm.owner, alarm.blocked) for alarm in home.rang] == [("", True)]


async def test_an_erased_owners_token_is_nobodys_and_still_rings(home: House, a: Resident, b: Resident) -> None:
    compartment, token = await home.enter(a), await home.plant(b)
    await home.execute(None, sa.delete(tripwires).where(tripwires.c.tenant_id == b.id))
    await leak(compartment, _text(token))
    assert await search(compartment, Search(_QUESTION)) == []


@pytest.mark.shows("tripwires.alarms")
async def test_the_same_alarm_again_counts_and_fills_nothing(home: House, a: Resident, b: Resident) -> None:
    compartment, token = await home.enter(a), await home.plant(b)
    for _ in range(5):
        await search(compartment, Search(f"Is it {token}?"))
    (alarm,) = await home.foundation.tripwires.alarms.page(10)
    assert (alarm.count, len(home.rang)) == (5, 5)
    assert await trail(compartment) == [("tripwire.question", "noticed")]


async def test_an_alarm_holds_no_token_and_no_text(home: House, a: Resident, b: Resident) -> None:
    compartment, token = await home.enter(a), await home.plant(b)
    await leak(compartment, _text(token))
    await search(compartment, Search(_QUESTION))
    (alarm,) = await home.foundation.tripwires.alarms.page(10)
    assert home.foundation.tripwires.recogniser.found(repr(alarm)) == frozenset()
    assert "watchword" not in repr(alarm)


@pytest.mark.shows("tripwires.alarms")
async def test_an_alarm_that_cannot_be_written_down_gives_nothing(home: House, a: Resident, b: Resident) -> None:
    compartment, token = await home.enter(a), await home.plant(b)
    await leak(compartment, _text(token))
    trigger = "CREATE TRIGGER full BEFORE INSERT ON alarms BEGIN SELECT RAISE(ABORT, 'no room'); END"
    await home.execute(None, sa.text(trigger))
    with pytest.raises(Unavailable):
        await search(compartment, Search(_QUESTION))


async def test_an_alarm_that_was_edited_is_shown_as_one_of_nobodys(home: House, a: Resident, b: Resident) -> None:
    compartment, token = await home.enter(a), await home.plant(b)
    await search(compartment, Search(token))
    await home.execute(None, alarms.update().values(body=b"\x01" * 200))
    (alarm,) = await home.foundation.tripwires.alarms.page(10)
    assert (alarm.owner, alarm.token, alarm.count) == ("", "", 1)
