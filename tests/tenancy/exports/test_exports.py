"""An export holds all that a tenant gave and no secret, and only the holder of the key it chose reads it."""

import hashlib
import json
import re

import pyrage
import pytest
import sqlalchemy as sa
from pyrage import x25519

from tenancy.compartment import Compartment
from tenancy.erasure import run_erasure
from tenancy.exports.archive import MANIFEST
from tenancy.exports.contents import DAMAGED, EXPORTED, LEFT_OUT
from tenancy.exports.making import export_of
from tenancy.exports.places import ExportUnderWay
from tenancy.exports.recipients import InvalidRecipient, NoRecipient, change_recipient
from tenancy.ids import ClientId
from tenancy.keys.local import KeyDenied
from tenancy.models.environments import Environment
from tenancy.models.own_provider import change_provider
from tenancy.sealing import SealBroken
from tenancy.stores import schema
from tenancy.stores.audit import AuditEntry
from tenancy.stores.epoch import ScopeEnded
from tenancy.values.roles import Role
from tests.tenancy.building import House, Resident, upload
from tests.tenancy.erasure.erasing import ask, fill
from tests.tenancy.exports.reading import lines, manifest, unpacked, until_broken_off, whole

KEY = x25519.Identity.generate()
RECIPIENT = str(KEY.to_public())


async def give_recipient(compartment: Compartment, recipient: str = RECIPIENT) -> None:
    async with compartment.begin() as records:
        await change_recipient(records.settings, recipient)


async def own_export(home: House, one: Resident, recipient: str | None = RECIPIENT) -> bytes:
    return await whole(export_of(await home.enter(one), home.foundation.exports, recipient))


async def operators_export(home: House, one: Resident) -> bytes:
    return await whole(await (await home.custody(one.id)).export())


async def entries_of(home: House, one: Resident) -> list[AuditEntry]:
    """Return the tenant's audit, newest first."""
    async with (await home.enter(one)).snapshot() as records:
        return (await records.audit.page(100))[0]


async def test_an_export_holds_every_document_with_its_original_and_its_chunks(home: House, a: Resident) -> None:
    await fill(home, a)
    files = unpacked(await own_export(home, a), KEY)
    async with (await home.enter(a)).snapshot() as records:
        documents, _ = await records.documents.page(10, None)
    told = {
        json.loads(content)["id"]: json.loads(content) for path, content in files.items() if "document.json" in path
    }
    assert set(told) == {document.id for document in documents}
    for document in documents:
        assert told[document.id]["name"] == document.upload.name
        assert files[f"documents/{document.id}/original"].decode() in {
            f"the canary of {a.id} in a.txt", f"the canary of {a.id} in b.txt", f"still waiting in {a.id}",
        }  # fmt: skip
        assert hashlib.sha256(files[f"documents/{document.id}/original"]).hexdigest() == document.upload.sha256
        texts = [each["text"] for each in lines(files, f"documents/{document.id}/chunks/")]
        ready = document.live_version is not None
        assert texts == ([files[f"documents/{document.id}/original"].decode()] if ready else [])
    assert manifest(files)["tenant"] == a.id
    assert json.loads(files["tenant.json"])["name"] == "Alder & Sons"


async def test_an_export_holds_the_version_that_answers_beside_a_newer_one(home: House, a: Resident) -> None:
    document = await upload(await home.enter(a), "a.txt", "The old text.", "one")
    await home.drain()
    await upload(await home.enter(a), "a.txt", "The newer text.", "one")
    files = unpacked(await own_export(home, a), KEY)
    folder = f"documents/{document.id}"
    assert (files[f"{folder}/original"], files[f"{folder}/live"]) == (b"The newer text.", b"The old text.")
    assert json.loads(files[f"{folder}/document.json"])["live"]["sha256"] == document.upload.sha256
    assert [each["text"] for each in lines(files, f"{folder}/chunks/")] == ["The old text."]


async def test_L10_no_secret_is_in_an_export_but_what_stands_around_it(home: House, a: Resident) -> None:
    entered = await home.enter(a)
    other = await entered.add_client("reader", frozenset({Role.USER}), "reading")
    given = {"provider_key": "sk-very-secret", "provider_base_url": "https://models.example/v1", "model": "one"}
    async with entered.begin() as records:
        await change_provider(records.settings, Environment.PRODUCTION, given)
        await records.profiles.put("desk", {"tone": "dry"})
        await records.profiles.put("desk", {"tone": "warm"})
    files = unpacked(await own_export(home, a), KEY)
    everything = b"".join(files.values())
    for secret in ("sk-very-secret", a.secret, other.secret, a.code, a.token):
        assert secret.encode() not in everything
    settings = json.loads(files["settings.json"])
    assert settings["providers"]["production"]["provider_base_url"] == "https://models.example/v1"
    assert settings["providers"]["production"]["provider_key_set"] is True
    assert {ClientId(str(each["id"])) for each in lines(files, "clients")} == {a.client, other.client.id}
    tones = [each["fields"] for each in lines(files, "profiles") if each["name"] == "desk"]
    assert tones == [{"tone": "warm"}, {"tone": "dry"}]
    assert "client.created" in {each["action"] for each in lines(files, "audit/")}


async def test_every_table_of_a_tenant_is_exported_or_left_out_for_a_stated_reason() -> None:
    tables = {table.name for table in schema.tenant.sorted_tables}
    assert tables == EXPORTED | set(LEFT_OUT)
    assert not EXPORTED & set(LEFT_OUT)


async def test_L49_an_operators_export_opens_for_the_tenants_recipient_alone(home: House, a: Resident) -> None:
    await fill(home, a)
    with pytest.raises(NoRecipient):
        await operators_export(home, a)
    await give_recipient(await home.enter(a))
    export = await operators_export(home, a)
    assert f"the canary of {a.id} in a.txt".encode() in b"".join(unpacked(export, KEY).values())
    for needle in (b"canary", b"Alder", b"a.txt", b"documents/"):
        assert needle not in export
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(export, [x25519.Identity.generate()])


async def test_a_suspended_tenant_can_be_exported_for_it_by_an_operator(home: House, a: Resident) -> None:
    await fill(home, a)
    await give_recipient(await home.enter(a))
    await (await home.custody(a.id)).suspend()
    assert len(lines(unpacked(await operators_export(home, a), KEY), "clients")) == 1


async def test_an_export_is_in_the_audit_before_its_first_byte_and_with_its_manifest_after_its_last(
    home: House, a: Resident
) -> None:
    await give_recipient(await home.enter(a))
    export = await (await home.custody(a.id)).export()
    first = await anext(export)
    newest = (await entries_of(home, a))[0]
    assert (newest.action, newest.resource, newest.purpose) == ("export.begun", RECIPIENT, "a test")
    files = unpacked(first + await whole(export), KEY)
    newest = (await entries_of(home, a))[0]
    assert (newest.action, newest.actor) == ("export.finished", "operator:test-operator")
    assert newest.resource == hashlib.sha256(files[MANIFEST]).hexdigest()


async def test_a_recipient_is_a_public_key_of_the_age_format(home: House, a: Resident) -> None:
    for given in ("", "age1", RECIPIENT[:-1], "ssh-ed25519 AAAA", str(KEY)):
        with pytest.raises(InvalidRecipient):
            await own_export(home, a, given)


@pytest.mark.shows("exports.recipient")
async def test_L39_a_recipient_put_in_by_whoever_holds_the_database_does_not_open(
    home: House, a: Resident, b: Resident
) -> None:
    """The recipient of another tenant, sealed under that one's key, is no recipient of this one's exports."""
    for one in (a, b):
        await give_recipient(await home.enter(one))
    async with home.foundation.store.tenant(b.id, writes=False) as db:
        theirs = (
            await db.execute(sa.select(schema.settings.c.body).where(schema.settings.c.name == "export"))
        ).scalar()
    mine = schema.settings.update().where(schema.settings.c.name == "export")
    await home.execute(a.id, mine.values(body=theirs))
    with pytest.raises(SealBroken):
        await operators_export(home, a)


async def test_L33_a_document_is_unpacked_under_its_id_whatever_it_is_called(home: House, a: Resident) -> None:
    for name in ("../../etc/passwd.txt", "a" * 200, "\u202etxt.txt"):
        await upload(await home.enter(a), name, f"content of {name}")
    files = unpacked(await own_export(home, a), KEY)
    safe = re.compile(
        r"[A-Za-z]+\.jsonl?|(audit|logs|usage)/\d{5}\.jsonl|documents/doc_[0-9a-z]{24}/(document\.json|original)"
    )
    assert [path for path in files if not safe.fullmatch(path)] == []


async def test_what_is_deleted_while_an_export_is_made_is_left_out_and_the_rest_is_whole(
    home: House, a: Resident
) -> None:
    entered = await home.enter(a)
    made = [await upload(entered, f"{number}.txt", str(number) * 300_000) for number in range(3)]
    export = export_of(entered, home.foundation.exports, RECIPIENT)
    first = await anext(export)
    async with entered.begin() as records:
        gone = await records.documents.delete(made[0].id)  # newest first: it comes last
    await entered.blobs.delete(gone)
    files = unpacked(first + await whole(export), KEY)
    kept = {path.split("/")[1] for path in files if path.startswith("documents/")}
    assert kept == {made[1].id, made[2].id}


def damage(home: House, one: Resident, number: int = 0) -> None:
    """Flip one bit near the end of one of the tenant's originals."""
    path = home.foundation.blobs.list(one.id)[number]
    content = bytearray(path.read_bytes())
    content[-100] ^= 1
    path.write_bytes(content)


async def test_an_export_names_an_original_that_does_not_open_and_holds_everything_else(
    home: House, a: Resident
) -> None:
    for name in ("a.txt", "b.txt"):
        await upload(await home.enter(a), name, name * 500_000)
    assert lines(unpacked(await own_export(home, a), KEY), DAMAGED) == []
    damage(home, a)
    files = unpacked(await own_export(home, a), KEY)
    (damaged,) = lines(files, DAMAGED)
    (kept,) = (path for path in files if path.endswith("/original"))
    told = json.loads(files[f"documents/{damaged['id']}/document.json"])
    assert (told["name"], told["sha256"]) == (damaged["name"], damaged["sha256"])
    assert {files[kept][:5].decode(), damaged["name"]} == {"a.txt", "b.txt"}


async def test_an_original_that_is_gone_is_damaged(home: House, a: Resident) -> None:
    await upload(await home.enter(a), "a.txt", "x" * 3_000_000)
    (path,) = home.foundation.blobs.list(a.id)
    path.unlink()
    assert len(lines(unpacked(await own_export(home, a), KEY), DAMAGED)) == 1


async def test_an_original_that_is_damaged_while_it_goes_out_ends_an_export_without_an_end(
    home: House, a: Resident
) -> None:
    await upload(await home.enter(a), "a.txt", "x" * 3_000_000)
    export = export_of(await home.enter(a), home.foundation.exports, RECIPIENT)
    sent = b""
    while len(sent) < 500_000:
        sent += await anext(export)
    damage(home, a)
    sent += await until_broken_off(export, SealBroken)
    assert len(sent) > 1_000_000
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sent, [KEY])


@pytest.mark.parametrize("by", ["the tenant", "an operator"])
async def test_L07_L42_an_erasure_ends_an_export_that_is_under_way(home: House, a: Resident, by: str) -> None:
    entered = await home.enter(a)
    await give_recipient(entered)
    for number in range(3):
        await upload(entered, f"{number}.txt", str(number) * 2_000_000)
    if by == "the tenant":
        export = export_of(entered, home.foundation.exports, None)
    else:
        export = await (await home.custody(a.id)).export()
    sent = await anext(export)
    await run_erasure(home.foundation, await ask(home, a))
    sent += await until_broken_off(export, ScopeEnded, SealBroken, KeyDenied)
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sent, [KEY])
    async with home.foundation.store.tenant(a.id, writes=False) as db:
        assert (await db.execute(sa.select(schema.settings))).first() is None


async def test_a_tenant_has_one_export_under_way_and_a_reader_that_leaves_gives_its_place_back(
    home: House, a: Resident, b: Resident
) -> None:
    entered = await home.enter(a)
    for number in range(3):
        await upload(entered, f"{number}.txt", str(number) * 2_000_000)
    export = export_of(entered, home.foundation.exports, RECIPIENT)
    await anext(export)
    with pytest.raises(ExportUnderWay):
        await own_export(home, a)
    assert unpacked(await own_export(home, b), KEY)
    await export.aclose()
    assert unpacked(await own_export(home, a), KEY)


async def test_originals_taken_out_and_put_into_another_tenant_give_the_same_chunks(
    home: House, a: Resident, b: Resident
) -> None:
    await fill(home, a)
    await home.drain()
    files = unpacked(await own_export(home, a), KEY)
    folders = {path.rsplit("/", 1)[0] for path in files if path.endswith("/document.json")}
    for folder in sorted(folders):
        told = json.loads(files[f"{folder}/document.json"])
        await upload(await home.enter(b), told["name"], files[f"{folder}/original"].decode(), told["external_id"])
    await home.drain()
    again = unpacked(await own_export(home, b), KEY)
    assert len(folders) == 3
    assert sorted(str(each["text"]) for each in _chunks(again)) == sorted(str(each["text"]) for each in _chunks(files))


def _chunks(files: dict[str, bytes]) -> list[dict[str, object]]:
    return [json.loads(line) for path in files if "/chunks/" in path for line in files[path].splitlines()]
