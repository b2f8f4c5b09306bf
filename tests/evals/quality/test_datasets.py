"""The sets hold what their pages say, and each says so when it is not there."""

from dataclasses import replace
from pathlib import Path

import pytest

from evals.quality.cases import Kind, QuestionSet
from evals.quality.datasets import EXAMPLES, FULL, LANGUAGES, SAMPLED, clapnq, own, read, xquad
from tests.corpus import corpus

_SOURCES = EXAMPLES / "source"


def kinds(asked: QuestionSet) -> dict[Kind, int]:
    return {kind: sum(case.kind is kind for case in asked.cases) for kind in Kind}


def test_our_own_set_asks_three_tenants_ten_questions_each_and_more_that_they_cannot_answer() -> None:
    found = own(EXAMPLES)
    assert kinds(found) == {Kind.ANSWERABLE: 30, Kind.MISSING: 18, Kind.FOREIGN: 32}
    assert len(found.households) == 3
    for household in found.households:
        names = {file.name for file in household.files}
        assert all(case.sources <= names for case in household.cases)
        assert sum(case.kind is Kind.ANSWERABLE for case in household.cases) == 10


def test_cases_have_ids_of_their_own() -> None:
    ids = [case.id for case in own(EXAMPLES).cases]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize(
    ("tenant", "absent"),
    [
        ("harrow-voss-law", ["paralegal", "the judge", "registered in the company register", "Dunlow's own", "hotel"]),
        ("kelpstone-desk", ["kd-jump-03", "home telephone", "priority 5", "Christmas", "colour"]),
        ("plumtide-media", ["followers", "assistant", "pitch", "factory", "second language", "the car"]),
    ],
)
def test_what_nobody_can_answer_stands_in_no_document_of_the_tenant(tenant: str, absent: list[str]) -> None:
    text = " ".join(path.read_text(encoding="utf-8") for path in (_SOURCES / tenant).iterdir()).lower()
    asked = " ".join(case.question for case in own(EXAMPLES).cases if case.id.startswith(f"{tenant}/missing-"))
    assert [phrase for phrase in absent if phrase.lower() in text] == []
    assert asked.count("?") == 6


def test_what_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    sets, skipped = read(tmp_path, SAMPLED)
    assert [each.name for each in sets] == ["own"]
    assert [each.split()[0] for each in skipped] == ["XQuAD", "CLAPNQ"]
    sets, skipped = read(None, SAMPLED, examples=tmp_path / "none")
    assert sets == []
    assert len(skipped) == 3


def test_every_language_of_xquad_asks_the_same_of_the_same_tenants() -> None:
    sets = xquad(corpus("xquad"), SAMPLED)
    assert [each.name for each in sets] == [f"XQuAD {language}" for language in LANGUAGES]
    asked = [[(case.id.partition(" ")[2], case.kind, case.sources) for case in each.cases] for each in sets]
    assert all(each == asked[0] for each in asked)
    assert [len(each.households) for each in sets] == [6] * 6


def test_the_gold_of_a_paragraph_stands_in_the_document_it_names() -> None:
    for asked in xquad(corpus("xquad"), SAMPLED):
        for household in asked.households:
            texts = {file.name: file.content.decode() for file in household.files}
            for case in household.cases:
                if case.kind is Kind.ANSWERABLE:
                    assert all(gold in texts[source] for gold in case.golds for source in case.sources)


def test_a_stranger_is_asked_what_its_own_documents_do_not_hold() -> None:
    english = xquad(corpus("xquad"), SAMPLED)[0]
    own_questions = {each.tenant: {c.question for c in each.cases if c.sources} for each in english.households}
    foreign = [case for case in english.cases if case.kind is Kind.FOREIGN]
    assert len(foreign) == 24
    assert all(case.question not in own_questions[case.tenant] for case in foreign)


def test_clapnq_is_one_tenant_with_the_near_miss_beside_each_unanswerable_question() -> None:
    found = clapnq(corpus("clapnq"), SAMPLED)
    assert kinds(found) == {Kind.ANSWERABLE: 40, Kind.MISSING: 40, Kind.FOREIGN: 0}
    assert len(found.households) == 1
    assert len(found.households[0].files) >= 79
    assert all(case.golds for case in found.cases if case.kind is Kind.ANSWERABLE)


def test_everything_is_asked_in_full_and_a_sample_depends_on_its_seed_alone() -> None:
    folder = corpus("clapnq")
    assert kinds(clapnq(folder, FULL)) == {Kind.ANSWERABLE: 300, Kind.MISSING: 300, Kind.FOREIGN: 0}
    again = [case.id for case in clapnq(folder, SAMPLED).cases]
    assert [case.id for case in clapnq(folder, SAMPLED).cases] == again
    assert [case.id for case in clapnq(folder, replace(SAMPLED, seed=1)).cases] != again
    assert sum(case.kind is Kind.ANSWERABLE for case in xquad(corpus("xquad"), FULL)[0].cases) == 1190
