"""A file that is made to exhaust whoever reads it fails with a reason, and the other tenants notice nothing."""

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.promise.service import SETTLED, Folders, Service, Tenant

pytestmark = [pytest.mark.xdist_group("hostile"), pytest.mark.timeout(300)]

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "harrow-voss-law" / "documents"
BILLION_LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e0 "ha">'
    + "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    + "]><a>&e9;</a>"
).encode()
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a><b>&x;</b></a>'


def _office(part: str, content: bytes) -> bytes:
    """Return a DOCX of which one part is something else."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(EXAMPLE / "engagement-letter-corvane.docx") as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return out.getvalue()


def _zip_bomb() -> bytes:
    return _office("word/document.xml", b"<a>" + b" " * 600_000_000 + b"</a>")


def _entity_bomb() -> bytes:
    return _office("word/document.xml", BILLION_LAUGHS)


def _many_entries() -> bytes:
    out = io.BytesIO(_office("", b""))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as bomb:
        for number in range(30_000):
            bomb.writestr(f"word/media/{number}", b"")
    return out.getvalue()


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "zip bomb": ("bomb.docx", _zip_bomb),
    "zip with very many entries": ("many.docx", _many_entries),
    "entity bomb in an Office file": ("laughs.docx", _entity_bomb),
    "entity bomb": ("laughs.xml", lambda: BILLION_LAUGHS),
    "file from outside as an entity": ("outside.xml", lambda: OUTSIDE),
    "deep nesting in XML": ("deep.xml", lambda: b"<a>" * 500_000 + b"</a>" * 500_000),
    "deep nesting in HTML": ("deep.html", lambda: b"<html><body>" + b"<div>" * 500_000),
    "deep nesting in JSON": ("deep.json", lambda: b'{"a":' + b"[" * 500_000 + b"]" * 500_000 + b"}"),
}


@pytest.fixture(scope="module")
def tenants(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Tenant, Tenant]]:
    service = Service(Folders(tmp_path_factory.mktemp("hostile")))
    try:
        service.start()
        operator = service.operator()
        hostile, other = service.tenant(operator, "Hostile"), service.tenant(operator, "Other")
        other.put("calm.txt", b"The harbour master feeds the gulls at seven.")
        other.settled()
        yield hostile, other
    finally:
        service.release()


@pytest.mark.parametrize("kind", HOSTILE)
def test_L34_a_hostile_file_ends_with_a_reason_while_another_tenant_is_served(
    tenants: tuple[Tenant, Tenant], kind: str
) -> None:
    hostile, other = tenants
    name, make = HOSTILE[kind]
    put = hostile.put(name, make())
    document: dict[str, Any] = {"status": "queued"}
    while document["status"] not in SETTLED:
        assert other.search("Who feeds the gulls?")[0]["text"].startswith("The harbour master")
        document = hostile.document(put.id)
    if document["status"] == "ready":  # read within its limits: then what it says is harmless
        said = "".join(chunk["text"] for chunk in hostile.chunks(put.id))
        assert "root:" not in said
        assert len(said) < 1_000_000
    else:
        assert document["error"]["code"] not in {"internal", "unavailable"}
        assert document["error"]["detail"].endswith(".")


def test_L34_after_hostile_files_an_honest_one_is_read(tenants: tuple[Tenant, Tenant]) -> None:
    hostile, other = tenants
    for tenant in (hostile, other):
        put = tenant.put("honest.txt", f"The honest ledger of {tenant.id} is kept in green ink.".encode())
        assert tenant.reaches(put.id, SETTLED) == "ready"
