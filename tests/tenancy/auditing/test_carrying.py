"""What a tenant carries away of its audit shows, without the service, every edit, removal, move and cut."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tenancy.auditing.carrying import EVERY
from tenancy.auditing.checking import Carried, NotGenuine, check
from tenancy.auditing.lines import LONGEST, STATEMENT, begun, chained, line
from tenancy.stores.audit import AuditEntry
from tenancy.stores.epoch import ScopeEnded
from tenancy.stores.schema import audit, state
from tests.tenancy.building import House, Resident, house

_ENTRIES = 8  # three of the tenant's beginning, five more; a checkpoint after 3 and 6
Lines = list[bytes]


def _view(entry: AuditEntry) -> Mapping[str, object]:
    return {**asdict(entry), "at": str(entry.at)}


async def _act(home: House, one: Resident, times: int = 5) -> None:
    async with (await home.enter(one)).begin() as records:
        for number in range(times):
            await records.audit.add("document.deleted", f"doc_{number}")


async def _carried(home: House, one: Resident, every: int = 3) -> Lines:
    parts = [part async for part in (await home.enter(one)).audit.export(_view, every)]
    return b"".join(parts).splitlines(keepends=True)


def _keys(home: House) -> Mapping[str, Any]:
    return home.foundation.operator_tokens.jwks()


@pytest.fixture
async def lines(home: House, a: Resident) -> Lines:
    """Return A's trail of eight entries, with two checkpoints and an end."""
    await _act(home, a)
    return await _carried(home, a)


async def test_a_trail_is_carried_away_whole_and_checked_with_the_public_keys_alone(
    home: House, a: Resident, lines: Lines
) -> None:
    found = check(lines, _keys(home))
    verdict = await (await home.enter(a)).audit.verify()
    assert (found.tenant, found.entries, found.head, found.checkpoints) == (a.id, _ENTRIES, verdict.head, 2)
    kinds = [json.loads(each)["kind"] for each in lines]
    assert kinds == ["trail", *["entry"] * 3, "checkpoint", *["entry"] * 3, "checkpoint", *["entry"] * 2, "end"]
    told = [json.loads(each) for each in lines[1:] if b'"kind":"entry"' in each]
    assert [each["seq"] for each in told] == list(range(1, _ENTRIES + 1))
    assert (told[-1]["action"], told[-1]["resource"], told[-1]["actor"]) == (
        "document.deleted", "doc_4", f"client:{a.client}",
    )  # fmt: skip


@pytest.mark.parametrize("more", [0, 1, EVERY])
async def test_a_trail_of_any_length_ends_with_a_signed_end(home: House, a: Resident, more: int) -> None:
    await _act(home, a, EVERY - 3 + more)
    found = check(await _carried(home, a, EVERY), _keys(home))
    assert (found.entries, found.checkpoints) == (EVERY + more, (EVERY + more - 1) // EVERY)


def _again(lines: Lines, change: Callable[[list[dict[str, Any]]], None]) -> Lines:
    """Return the file that somebody makes who changes entries and computes every hash anew; the signatures stay."""
    values = [json.loads(each) for each in lines]
    entries = [value for value in values if value["kind"] == "entry"]
    for entry in entries:
        del entry["hash"]
    change(entries)
    left, out, hashed = iter(entries), [lines[0]], begun(lines[0])
    for value in values[1:]:
        entry = next(left, None) if value["kind"] == "entry" else None
        if value["kind"] != "entry":
            out.append(line(value))
        elif entry is not None:
            hashed = chained(hashed, entry)
            out.append(line({**entry, "hash": hashed}))
    return out


def _edit(entries: list[dict[str, Any]]) -> None:
    entries[6]["actor"] = "client:somebody-else"


def _remove(entries: list[dict[str, Any]]) -> None:
    del entries[6]
    for seq, entry in enumerate(entries, 1):
        entry["seq"] = seq


def _swap(entries: list[dict[str, Any]]) -> None:
    entries[6]["seq"], entries[7]["seq"] = entries[7]["seq"], entries[6]["seq"]
    entries[6], entries[7] = entries[7], entries[6]


_CHANGES: dict[str, Callable[[Lines], Lines]] = {
    "edited": lambda lines: [*lines[:2], lines[2].replace(b'"done"', b'"gone"'), *lines[3:]],
    "edited, hashed anew": lambda lines: _again(lines, _edit),
    "removed": lambda lines: [*lines[:2], *lines[3:]],
    "first removed": lambda lines: [lines[0], *lines[2:]],
    "removed, counted and hashed anew": lambda lines: _again(lines, _remove),
    "moved": lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]],
    "moved, counted and hashed anew": lambda lines: _again(lines, _swap),
    "repeated": lambda lines: [*lines[:3], lines[2], *lines[3:]],
    "a checkpoint moved": lambda lines: [*lines[:4], lines[8], *lines[5:8], lines[4], *lines[9:]],
    "a checkpoint called the end": lambda lines: [*lines[:4], lines[4].replace(b'"checkpoint"', b'"end"')],
    "the end called a checkpoint": lambda lines: [*lines[:-1], lines[-1].replace(b'"end"', b'"checkpoint"')],
    "something after the end": lambda lines: [*lines, lines[1]],
    "another tenant named": lambda lines: [lines[0].replace(b"ten_", b"tem_"), *lines[1:]],
    "a field written twice": lambda lines: [*lines[:2], lines[2].replace(b"{", b'{"actor":"client:x",', 1), *lines[3:]],
    "a space": lambda lines: [*lines[:2], lines[2].replace(b":", b": ", 1), *lines[3:]],
    "no last line feed": lambda lines: [*lines[:-1], lines[-1].rstrip()],
    "not JSON": lambda lines: [*lines[:2], b"{}}\n", *lines[3:]],
    "not an object": lambda lines: [*lines[:2], b"[1]\n", *lines[3:]],
    "of an unknown kind": lambda lines: [*lines[:2], line({"kind": "note"}), *lines[2:]],
    "nested without end": lambda lines: [*lines[:2], b"[" * LONGEST, *lines[3:]],
    "far too long": lambda lines: [*lines[:2], line({"kind": "x" * LONGEST}), *lines[3:]],
    "in a later format": lambda lines: [lines[0].replace(b":1,", b":2,"), *lines[1:]],
    "nothing": lambda _: [],
}  # fmt: skip


@pytest.mark.shows("audit.exports")
@pytest.mark.parametrize("how", _CHANGES)
async def test_a_file_that_is_not_what_was_given_out_is_found(home: House, lines: Lines, how: str) -> None:
    changed = _CHANGES[how](lines)
    assert changed != lines
    with pytest.raises(NotGenuine):
        check(changed, _keys(home))


async def test_a_file_cut_off_anywhere_is_found(home: House, lines: Lines) -> None:
    for kept in range(len(lines)):
        with pytest.raises(NotGenuine, match="cut off"):
            check(lines[:kept], _keys(home))
    with pytest.raises(NotGenuine, match="cut short"):
        check([*lines[:3], lines[3][:-9]], _keys(home))


async def test_an_error_says_in_which_line_it_was_found(home: House, lines: Lines) -> None:
    with pytest.raises(NotGenuine) as edited:
        check(_CHANGES["edited"](lines), _keys(home))
    assert (edited.value.line, edited.value.says) == (3, "Entry 2 was edited.")
    with pytest.raises(NotGenuine) as removed:
        check(_CHANGES["removed"](lines), _keys(home))
    assert (removed.value.line, removed.value.says) == (3, "Entry 2 should stand here: it was removed or moved.")


async def test_L04_what_others_signed_or_what_was_signed_as_something_else_vouches_for_nothing(
    home: House, folder: Path, lines: Lines
) -> None:
    async with house(folder / "other") as other:
        with pytest.raises(NotGenuine, match="none of these keys"):
            check(lines, _keys(other))
    tokens = home.foundation.operator_tokens
    stated = {
        "tenant": json.loads(lines[0])["tenant"],
        "seq": 0,
        "hash": begun(lines[0]),
        "head": "",
        "at": 0.0,
        "last": True,
    }
    genuine = tokens.attest(stated, STATEMENT)
    assert check([lines[0], line({"kind": "end", "jws": genuine})], _keys(home)).entries == 0
    by_tenants = home.foundation.tenant_tokens.attest(stated, STATEMENT)
    for jws in (tokens.attest(stated), tokens.sign("somebody", 60, **stated), by_tenants):
        with pytest.raises(NotGenuine, match="none of these keys"):
            check([lines[0], line({"kind": "end", "jws": jws})], _keys(home))


async def test_L17_entries_of_one_tenant_do_not_pass_for_anothers(home: House, b: Resident, lines: Lines) -> None:
    theirs = await _carried(home, b)
    for mixed in ([theirs[0], *lines[1:]], [*theirs[:-1], lines[-1]]):
        with pytest.raises(NotGenuine):
            check(mixed, _keys(home))


async def test_a_file_of_before_a_rotation_of_the_signing_key_is_still_genuine_unless_that_key_is_void(
    home: House, a: Resident, lines: Lines
) -> None:
    home.foundation.operator_tokens.rotate("root", "yearly")
    assert check(lines, _keys(home)).entries == _ENTRIES
    later = await _carried(home, a)
    home.foundation.operator_tokens.rotate("root", "it was stolen", at_once=True)
    assert check(lines, _keys(home)).entries == _ENTRIES
    with pytest.raises(NotGenuine, match="none of these keys"):
        check(later, _keys(home))


async def _later(home: House, one: Resident, earlier: Carried) -> Carried:
    return check(await _carried(home, one), _keys(home), earlier)


async def test_a_later_file_begins_with_the_earlier_one(home: House, a: Resident, b: Resident, lines: Lines) -> None:
    earlier = check(lines, _keys(home))
    assert (await _later(home, a, earlier)).entries == _ENTRIES
    await _act(home, a)
    assert (await _later(home, a, earlier)).entries == _ENTRIES + 5
    with pytest.raises(NotGenuine, match="another tenant"):
        await _later(home, b, earlier)


@pytest.mark.shows("audit.exports")
async def test_L46_a_trail_that_went_back_is_found_by_whoever_kept_an_earlier_file(
    home: House, a: Resident, lines: Lines
) -> None:
    """The database is set back with everything in it, and no head beside the keys tells of it yet."""
    earlier = check(lines, _keys(home))
    await _set_back(home, a, 6)
    with pytest.raises(NotGenuine, match="An earlier file has 8 entries"):
        await _later(home, a, earlier)
    await _act(home, a, 4)
    with pytest.raises(NotGenuine, match="not those of the earlier file"):
        await _later(home, a, earlier)


async def _set_back(home: House, one: Resident, kept: int) -> None:
    async with home.foundation.store.tenant(one.id, writes=True) as db:
        head = (await db.execute(sa.select(audit.c.digest).where(audit.c.seq == kept))).scalar_one()
        await db.execute(sa.delete(audit).where(audit.c.seq > kept))
        await db.execute(state.update().values(audit_seq=kept, audit_head=head))


_SEQ_5 = audit.c.seq == 5
_DAMAGES = {
    "edited": (audit.update().where(_SEQ_5).values(body=b"\0" * 80), 4),
    "removed": (sa.delete(audit).where(_SEQ_5), 4),
    "cut off": (sa.delete(audit).where(audit.c.seq > 7), 7),
    "its end": (state.update().values(audit_head=b"\0" * 32), 8),
}


@pytest.mark.shows("audit.exports")
@pytest.mark.parametrize("how", _DAMAGES)
async def test_nothing_is_signed_beyond_the_place_where_the_database_was_tampered_with(
    home: House, a: Resident, how: str
) -> None:
    await _act(home, a)
    statement, after = _DAMAGES[how]
    await home.execute(a.id, statement)
    damaged = await _carried(home, a)
    assert json.loads(damaged[-1]) == {"kind": "broken", "after": after}
    with pytest.raises(NotGenuine, match=f"damaged after entry {after}"):
        check(damaged, _keys(home))


async def test_a_cut_that_leaves_no_trace_in_the_database_is_told_by_the_head_beside_the_keys(
    home: House, a: Resident
) -> None:
    await _act(home, a)
    await home.foundation.anchors.close()
    await _set_back(home, a, 6)
    assert json.loads((await _carried(home, a))[-1]) == {"kind": "broken", "after": 6}
    await _act(home, a, 4)
    assert json.loads((await _carried(home, a))[-1]) == {"kind": "broken", "after": 7}


async def test_L07_a_suspension_ends_an_export_that_is_under_way(home: House, a: Resident) -> None:
    await _act(home, a)
    export = (await home.enter(a)).audit.export(_view, 3)
    assert b'"seq":3' in await anext(export)
    await (await home.custody(a.id)).suspend()
    with pytest.raises(ScopeEnded):
        await anext(export)
