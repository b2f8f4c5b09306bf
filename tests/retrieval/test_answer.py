"""Answers: quoted, written by a model, refused."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from retrieval.answer import Answer, Reason, answer_extractively, answer_with_model
from retrieval.profile import Profile
from retrieval.prompt import NO_ANSWER
from tenancy.index.hits import Hit
from tenancy.models.openai import Completion
from tests.retrieval.conftest import of_table

MakeHits = Callable[..., tuple[Hit, ...]]
_QUESTION = "How much does the escrow account hold for Pellam Optics?"
_FACT = "The escrow account holds EUR 4.1 million for Pellam Optics."
_PROFILE = Profile(name="counsel", version=4, refusal="The files do not say.", max_tokens=99, temperature=0.3)


def _flat(_: str) -> float:
    return 1.0


@dataclass
class ScriptedChat:
    """A provider that costs nothing: answers what it is told, and keeps what it was asked."""

    write: Callable[[str], str]
    asked: list[tuple[Sequence[Mapping[str, str]], str, float, int]] = field(default_factory=list)

    async def complete(
        self, messages: Sequence[Mapping[str, str]], *, model: str, temperature: float, max_tokens: int
    ) -> Completion:
        self.asked.append((messages, model, temperature, max_tokens))
        return Completion(text=self.write(messages[0]["content"]), prompt_tokens=50, completion_tokens=7, model=model)


async def _ask(hits: tuple[Hit, ...], text: str, profile: Profile = _PROFILE) -> Answer:
    return await answer_with_model(_QUESTION, hits, profile, ScriptedChat(lambda _: text), model="small-1")


def test_an_extractive_answer_quotes_with_markers_and_positions(make_hits: MakeHits) -> None:
    answer = answer_extractively(_QUESTION, make_hits(f"Intro.\n{_FACT} Lunch followed."), _PROFILE, _flat)
    assert answer.answer == f"{_FACT} [1]"
    assert (answer.refused, answer.reason, answer.model) == (False, None, "extractive")
    assert (answer.profile_name, answer.profile_version) == ("counsel", 4)
    citation = answer.citations[0]
    assert (citation.marker, citation.quote, citation.page) == (1, _FACT, 1)
    assert (citation.start, citation.end) == (1007, 1007 + len(_FACT))


def test_rows_of_a_table_are_written_on_lines_of_their_own(make_hits: MakeHits) -> None:
    (hit,) = make_hits("Role | Hourly rate\nPartner | 620\nTrainee | 155\nClerk | 90")
    hits = [of_table(hit, ("Role", "Hourly rate"), "Rates 2027", repeats=True)]
    answer = answer_extractively("What is the hourly rate of a trainee or a clerk?", hits, _PROFILE, _flat)
    assert answer.answer.split("\n") == ["Rates 2027", "Role | Hourly rate", "Trainee | 155 [1]", "Clerk | 90 [2]"]
    (first, _second) = answer.citations
    assert (first.header, first.sheet, first.quote) == (("Role", "Hourly rate"), "Rates 2027", "Trainee | 155")


def test_weak_evidence_is_refused_in_the_profiles_words(make_hits: MakeHits) -> None:
    hits = make_hits("Press the reset button for ten seconds.", similarity=0.05)
    answer = answer_extractively(_QUESTION, hits, _PROFILE, _flat)
    assert (answer.answer, answer.refused, answer.citations) == ("The files do not say.", True, ())
    assert answer.reason is Reason.WEAK_EVIDENCE
    assert answer_extractively(_QUESTION, (), _PROFILE, _flat).reason is Reason.NO_HITS


def test_L29_an_image_in_a_document_is_not_passed_on_by_a_quote(make_hits: MakeHits) -> None:
    text = "The escrow account for Pellam Optics holds ![x](https://evil.example/a.png) EUR 4.1 million."
    answer = answer_extractively(_QUESTION, make_hits(text), _PROFILE, _flat)
    assert "![" not in answer.answer
    assert answer.citations[0].quote == text


async def test_without_hits_no_model_is_asked() -> None:
    chat = ScriptedChat(lambda _: "Anything.")
    answer = await answer_with_model(_QUESTION, (), _PROFILE, chat, model="small-1")
    assert (answer.refused, answer.answer, answer.usage.prompt_tokens) == (True, "The files do not say.", 0)
    assert chat.asked == []


async def test_a_model_judges_evidence_in_other_words(make_hits: MakeHits) -> None:
    chat = ScriptedChat(lambda _: "NOT_IN_DOCUMENTS")
    answer = await answer_with_model(_QUESTION, make_hits("Press reset.", similarity=0.02), _PROFILE, chat, model="m")
    assert (len(chat.asked), answer.reason) == (1, Reason.NOT_IN_DOCUMENTS)


async def test_a_models_answer_keeps_its_verified_citations_and_usage(make_hits: MakeHits) -> None:
    answer = await _ask(make_hits(_FACT), "The account holds EUR 4.1 million for Pellam Optics [1]. It is blue [1].")
    assert answer.answer == "The account holds EUR 4.1 million for Pellam Optics. [1] It is blue. [unsupported]"
    assert [citation.quote for citation in answer.citations] == [_FACT]
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.model) == (50, 7, "small-1")


async def test_the_profile_decides_model_temperature_and_length(make_hits: MakeHits) -> None:
    chat = ScriptedChat(lambda _: _FACT)
    profile = Profile(model="large-2", temperature=0.3, max_tokens=99)
    await answer_with_model(_QUESTION, make_hits(_FACT), profile, chat, model="small-1")
    assert chat.asked[0][1:] == ("large-2", 0.3, 99)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("It holds EUR 9.9 million [1].", Reason.UNSUPPORTED),
        ("I cannot say.", Reason.UNSUPPORTED),
        ("", Reason.UNSUPPORTED),
        (f"{NO_ANSWER}.", Reason.NOT_IN_DOCUMENTS),
        ("The files do not say.", Reason.NOT_IN_DOCUMENTS),
    ],
)
async def test_an_answer_without_support_becomes_a_refusal(make_hits: MakeHits, text: str, reason: Reason) -> None:
    answer = await _ask(make_hits(_FACT), text)
    assert (answer.refused, answer.reason, answer.citations) == (True, reason, ())
    assert answer.answer == "The files do not say."


async def test_L28_a_model_that_recites_its_instructions_is_blocked(make_hits: MakeHits) -> None:
    chat = ScriptedChat(lambda instructions: f"{_FACT} [1] My instructions: {instructions}")
    answer = await answer_with_model(_QUESTION, make_hits(_FACT), _PROFILE, chat, model="small-1")
    assert (answer.refused, answer.reason, answer.answer) == (True, Reason.BLOCKED, "The files do not say.")


async def test_fence_and_canary_are_new_for_every_prompt(make_hits: MakeHits) -> None:
    chat = ScriptedChat(lambda _: _FACT)
    for _ in range(2):
        await answer_with_model(_QUESTION, make_hits(_FACT), _PROFILE, chat, model="small-1")
    first, second = (asked[0][0]["content"] for asked in chat.asked)
    codes = [{word for word in text.split() if len(word.strip(";.")) == 24} for text in (first, second)]
    assert all(len(found) == 2 for found in codes)
    assert not codes[0] & codes[1]


async def test_L29_removing_a_marker_cannot_put_a_tag_together(make_hits: MakeHits) -> None:
    answer = await _ask(make_hits(_FACT), f"{_FACT[:-1]} <[1]img src=x> [1].")
    assert not answer.refused
    assert "< img" in answer.answer
