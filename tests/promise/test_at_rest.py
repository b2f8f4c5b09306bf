"""Whatever a real service leaves on a disk, while it runs and after it has ended, holds no content in any form."""

import io
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import pypdf
import pytest

from tests.promise.byte_scan import Found, Scanner, shared_run
from tests.promise.example_content import add_file, add_questions, documents
from tests.promise.needles import Needles, Vectors
from tests.promise.service import Folders, Service, Tenant

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
LAW, DESK, MEDIA = (EXAMPLES / name for name in ("harrow-voss-law", "kelpstone-desk", "plumtide-media"))
DIMENSION = 384

pytestmark = pytest.mark.xdist_group("at_rest")


@dataclass(slots=True)
class Lived:
    """A service that two tenants used and that has ended, and what was seen on the way."""

    service: Service
    first: Tenant
    second: Tenant
    needles: Needles
    statuses: dict[str, list[str]] = field(default_factory=dict)
    refused: list[int] = field(default_factory=list)
    while_running: list[Found] = field(default_factory=list)
    in_index: list[Found] = field(default_factory=list)
    vectors: int = 0

    def places(self) -> list[Path]:
        """Return every folder that is on a disk."""
        folders = self.service.folders
        return [folders.data, folders.keys, folders.temporary, folders.logs]


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    service = Service(Folders(tmp_path_factory.mktemp("at-rest")))
    try:
        service.start(parsers=False)
        operator = service.operator()
        first, second = (service.tenant(operator, f"Tenant {number}") for number in (1, 2))
        lived = Lived(service, first, second, Needles())
        _put_documents(lived)
        _ask(lived)
        _provoke(lived)
        _note_credentials(lived)
        _look_while_running(lived)
        service.stop()
        yield lived
    finally:
        service.release()


def _put_documents(lived: Lived) -> None:
    """Give both tenants the same files of one example, and each something of its own."""
    for tenant, examples in ((lived.first, (LAW, DESK)), (lived.second, (LAW, MEDIA))):
        for path in (each for example in examples for each in documents(example)):
            own, label = f"external {secrets.token_hex(8)}", f"label {secrets.token_hex(8)}"
            field_name = f"field_{secrets.token_hex(6)}"
            tenant.put(path.name, path.read_bytes(), external_id=own, metadata=json.dumps({field_name: label}))
            lived.needles.text("external id", [own])
            lived.needles.text("metadata", [field_name, label])
    for example in (LAW, DESK, MEDIA):
        add_questions(lived.needles, example)
        for path in documents(example):
            add_file(lived.needles, path)
    for tenant in (lived.first, lived.second):
        settled = tenant.settled()
        lived.statuses[tenant.id] = [each["status"] for each in settled]
        for document in settled:
            for chunk in tenant.chunks(document["id"]):
                lived.needles.sentences("sentence", chunk["text"])


def _ask(lived: Lived) -> None:
    for tenant, example in ((lived.first, DESK), (lived.second, MEDIA)):
        for each in json.loads((example / "questions.json").read_text(encoding="utf-8")):
            tenant.ask(each["question"])
            tenant.search(each["question"])
    key = f"idempotency {secrets.token_hex(8)}"
    question = {"question": "Which of the harbour keepers signed the ledger in spring?"}
    lived.first.http.post("/v1/ask", json=question, headers={"Idempotency-Key": key}).raise_for_status()
    lived.needles.text("question", question.values())
    lived.needles.text("idempotency key", [key])


def _locked_pdf() -> bytes:
    writer = pypdf.PdfWriter(clone_from=documents(LAW)[-2])
    writer.encrypt("a password nobody has", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _provoke(lived: Lived) -> None:
    """Make every kind of error that content can reach: refused uploads, failed documents, refused requests."""
    said = "The smugglers' ledger lies under the third stair of the mill."
    name = "under-the-third-stair"
    bad_fields: dict[str, str] = {"metadata": json.dumps({"note": [said]})}
    tenant, http = lived.first, lived.first.http
    answers = [
        tenant.send(f"{name}.exe", b"MZ\x90\0" + said.encode() * 20),
        tenant.send(f"{name}.txt", said.encode(), **bad_fields),
        tenant.send(f"{name}.txt", said.encode(), **{name: said}),
        tenant.send(f"{name}.txt", said.encode(), external_id=said * 20),
        http.post("/v1/search", json={"query": said, "filter": {name: {said: said}}}),
        http.post("/v1/search", json={"query": said, said: said}),
        http.post("/v1/ask", content=json.dumps({"question": said})[:-2], headers={"Content-Type": "application/json"}),
        http.get(f"/v1/documents/{said}", params={said: said}, headers={"X-App": said}),
        http.get("/v1/me", headers={"Authorization": f"Bearer {name}.{name}.{name}"}),
        http.post("/v1/clients", json={"name": said, "roles": [said]}),
    ]
    lived.refused = [answer.status_code for answer in answers]
    put = [
        tenant.put(f"{name}-locked.pdf", _locked_pdf()),
        tenant.put(f"{name}-cut.docx", documents(LAW)[1].read_bytes()[:9_000]),
        tenant.put(f"{name}-not.xlsx", said.encode() * 50),
        tenant.put(f"{name}-empty.txt", b""),
    ]
    tenant.settled()
    lived.statuses["provoked"] = [tenant.document(each.id)["status"] for each in put]
    purpose = "Reads the tide tables for the mill"
    http.post("/v1/clients", json={"name": f"{name} client", "roles": ["user"], "purpose": purpose}).raise_for_status()
    lived.needles.text("provoking", [name, said, purpose])


def _note_credentials(lived: Lived) -> None:
    for tenant in (lived.first, lived.second):
        lived.needles.text("credential", [tenant.secret, tenant.code, tenant.token, tenant.token.rpartition(".")[2]])


def _index_vectors(index: Path) -> Vectors:
    """Return the vectors as the awake collections hold them: rows of halves, of length one."""
    files = [np.fromfile(path, "<f2").astype(np.float32) for path in index.rglob("vectors/chunk_*.mmap")]
    rows = np.concatenate([each[: len(each) // DIMENSION * DIMENSION].reshape(-1, DIMENSION) for each in files])
    found: Vectors = rows[np.abs(np.linalg.norm(rows, axis=1) - 1) < 0.001]
    return found


def _look_while_running(lived: Lived) -> None:
    for tenant in (lived.first, lived.second):
        tenant.search("harbour")  # both are awake
    index = lived.service.folders.index
    lived.in_index = Scanner(lived.needles).files([index])
    vectors = _index_vectors(index)
    lived.vectors = len(vectors)
    lived.needles.vectors("vector", vectors)
    lived.while_running = Scanner(lived.needles).files(lived.places())


def test_the_service_was_used_as_meant(lived: Lived) -> None:
    assert set(lived.statuses[lived.first.id]) == {"ready"}
    assert set(lived.statuses[lived.second.id]) == {"ready"}
    assert lived.statuses["provoked"] == ["failed"] * 4
    assert all(400 <= status < 500 for status in lived.refused)
    assert "job.ended" in lived.service.log()
    assert lived.vectors > 100
    assert len({needle.what for needle in lived.needles.exact}) > 10


def test_L40_L23_a_running_service_keeps_nothing_in_the_clear_on_a_disk(lived: Lived) -> None:
    assert lived.while_running == []


def test_L45_the_awake_index_holds_no_text_and_no_name(lived: Lived) -> None:
    assert lived.in_index == []


def test_L40_L23_an_ended_service_leaves_nothing_in_the_clear(lived: Lived) -> None:
    assert Scanner(lived.needles).files(lived.places()) == []


def test_L40_an_ended_service_leaves_no_index(lived: Lived) -> None:
    assert [each for each in lived.service.folders.index.rglob("*") if each.name != "lock"] == []


def test_L40_the_same_files_in_two_tenants_rest_as_different_bytes(lived: Lived) -> None:
    ours, theirs = (
        sorted(lived.service.folders.data.glob(f"**/{tenant.id}/blb_*")) for tenant in (lived.first, lived.second)
    )
    assert len(ours) > 20
    assert len(theirs) > 20
    assert not shared_run(ours, theirs)


def test_L40_the_same_bytes_have_one_name_within_a_tenant_only(lived: Lived) -> None:
    names = [path.name for path in lived.service.folders.data.glob("**/blb_*")]
    assert len(names) == len(set(names))


def test_L40_the_scan_would_have_found_a_planted_document(lived: Lived) -> None:
    path = lived.service.folders.data / "planted"
    path.write_bytes(documents(DESK)[4].read_bytes())
    found = {each.what for each in Scanner(lived.needles).files([path])}
    path.unlink()
    assert {"sentence", f"bytes of {documents(DESK)[4].name}"} <= found


def test_the_key_folder_is_beside_the_data_and_closed_to_others(lived: Lived) -> None:
    folders = lived.service.folders
    assert not folders.keys.is_relative_to(folders.data)
    modes = {each.stat().st_mode & 0o077 for each in [folders.keys, *folders.keys.rglob("*")]}
    assert modes == {0}
    assert {each.stat().st_mode & 0o077 for each in [folders.data, *folders.data.rglob("*")]} == {0}


def test_a_token_that_was_noted_is_a_real_one(lived: Lived) -> None:
    assert httpx.Headers({"Authorization": lived.first.token})["Authorization"].count(".") == 2
