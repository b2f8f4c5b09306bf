"""What the example tenants promise to the demo and to the evals."""

import io
import json
import zipfile
from pathlib import Path
from typing import Final, TypedDict, cast

import pytest

from examples.build import HERE, TENANTS, documents
from tests.examples.reading import document_text

CLIENTS: Final = ("Corvane Maritime Ltd", "Ottermere Dairies", "Veldrin Instruments plc", "Pellam Optics")
EVENTS: Final = ("14 March 2025", "3 April 2025", "OD-5512", "16 June", "02:10")
FORMATS: Final = {".csv", ".docx", ".eml", ".html", ".md", ".pdf", ".pptx", ".xlsx"}
PROFILE_FIELDS: Final = {
    *("name", "system", "tone", "terminology", "language", "constraints"),
    *("citations", "temperature", "max_tokens", "model", "refusal"),
}

each_tenant = pytest.mark.parametrize("tenant", TENANTS)


class Question(TypedDict):
    question: str
    answer: list[str]
    sources: list[str]


class Secret(TypedDict):
    secret: str
    question: str
    source: str


class Tenant(TypedDict):
    name: str
    plan: str
    profile: dict[str, object]


def _read_json(tenant: str, name: str) -> object:
    return json.loads((HERE / tenant / f"{name}.json").read_text(encoding="utf-8"))


def _questions(tenant: str) -> list[Question]:
    return cast("list[Question]", _read_json(tenant, "questions"))


def _secrets(tenant: str) -> list[Secret]:
    return cast("list[Secret]", _read_json(tenant, "secrets"))


def _tenant(tenant: str) -> Tenant:
    return cast("Tenant", _read_json(tenant, "tenant"))


def _texts(tenant: str) -> dict[str, str]:
    return {path.name: document_text(path) for path in sorted((HERE / tenant / "documents").iterdir())}


@pytest.fixture(scope="module")
def texts() -> dict[str, dict[str, str]]:
    return {tenant: _texts(tenant) for tenant in TENANTS}


def _content(raw: bytes) -> object:
    """What must not change: the members of an archive as they unpack, any other file as it is."""
    if not raw.startswith(b"PK"):
        return raw
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return [(member.filename, member.date_time, archive.read(member)) for member in archive.infolist()]


def test_there_are_three_tenants() -> None:
    assert len(TENANTS) == 3


@each_tenant
def test_a_tenant_has_8_to_12_documents_in_at_least_six_formats(tenant: str) -> None:
    files = list((HERE / tenant / "documents").iterdir())
    assert 8 <= len(files) <= 12
    assert len({path.suffix for path in files}) >= 6


def test_the_three_tenants_together_cover_every_format(texts: dict[str, dict[str, str]]) -> None:
    assert {Path(name).suffix for inside in texts.values() for name in inside} == FORMATS


@each_tenant
def test_a_document_is_long_enough_to_be_searched(tenant: str, texts: dict[str, dict[str, str]]) -> None:
    assert {name: len(text) for name, text in texts[tenant].items() if len(text) < 1200} == {}


@each_tenant
def test_a_rebuild_gives_the_committed_documents(tenant: str) -> None:
    committed = {path.name: _content(path.read_bytes()) for path in (HERE / tenant / "documents").iterdir()}
    rebuilt = {name: _content(raw) for name, raw in documents(tenant).items()}
    assert rebuilt.keys() == committed.keys()
    assert [name for name in rebuilt if rebuilt[name] != committed[name]] == []


@each_tenant
def test_a_profile_uses_only_fields_of_the_contract(tenant: str) -> None:
    described = _tenant(tenant)
    assert described.keys() == {"name", "plan", "profile"}
    assert described["profile"].keys() <= PROFILE_FIELDS


def test_names_and_profiles_differ_between_tenants() -> None:
    described = [_tenant(tenant) for tenant in TENANTS]
    for field in ("name", "system", "tone", "refusal"):
        assert len({str(one["profile"][field]) for one in described}) == 3
    assert len({one["name"] for one in described}) == 3


@each_tenant
def test_every_expected_answer_stands_in_its_sources(tenant: str, texts: dict[str, dict[str, str]]) -> None:
    questions = _questions(tenant)
    assert len(questions) == 10
    for case in questions:
        found = [texts[tenant][name] for name in case["sources"]]
        assert case["answer"]
        assert all(any(answer in text for text in found) for answer in case["answer"]), case["question"]
        assert all(any(answer in text for answer in case["answer"]) for text in found), case["question"]
        assert not any(answer in case["question"] for answer in case["answer"]), case["question"]


@each_tenant
def test_the_questions_ask_every_format_that_the_tenant_has(tenant: str, texts: dict[str, dict[str, str]]) -> None:
    asked = {Path(name).suffix for case in _questions(tenant) for name in case["sources"]}
    assert asked == {Path(name).suffix for name in texts[tenant]}


@each_tenant
def test_a_secret_stands_in_its_source_and_in_no_other_tenant(tenant: str, texts: dict[str, dict[str, str]]) -> None:
    secrets = _secrets(tenant)
    assert len(secrets) >= 3
    for case in secrets:
        assert case["secret"] in texts[tenant][case["source"]]
        assert case["secret"] not in case["question"]
        wanted = case["secret"].casefold()
        holders = {other for other in TENANTS for text in texts[other].values() if wanted in text.casefold()}
        assert holders == {tenant}, case["secret"]


def test_no_question_of_a_tenant_gives_away_a_secret() -> None:
    secrets = [case["secret"] for tenant in TENANTS for case in _secrets(tenant)]
    asked = [case["question"] for tenant in TENANTS for case in (*_questions(tenant), *_secrets(tenant))]
    assert [question for question in asked for secret in secrets if secret in question] == []


@pytest.mark.parametrize("shared", [*CLIENTS, *EVENTS])
def test_the_same_clients_and_events_are_known_to_all_three(shared: str, texts: dict[str, dict[str, str]]) -> None:
    assert [tenant for tenant in TENANTS if any(shared in text for text in texts[tenant].values())] == list(TENANTS)


def test_file_names_do_not_repeat_between_tenants(texts: dict[str, dict[str, str]]) -> None:
    names = [name for inside in texts.values() for name in inside]
    assert len(names) == len(set(names))
