"""A4 and A5 against the naive server with one leak at a time, and without any; and how answers are read."""

import json

import pytest

from evals.canaries.derive import CanaryKit
from evals.canaries.forms import Form
from evals.canaries.matching import Detector
from evals.families.content.asked_by_many import ANSWERS
from evals.families.content.persuading import PERSUASIONS, spoken
from evals.stage.scripts import PLANS, script
from evals.target.operation import Request
from evals.target.reply import Reply
from evals.verdicts.family import Verdict
from tests.evals.targets.test_naive_attacked import probed
from tests.standins.naive_rag.leaks import Leak

_KIT = CanaryKit.of_seed("seed", sink="http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("family", "title"),
    [
        ("A4", "An answer shows a secret of another tenant"),
        ("A5", "A question that anybody asks is answered out of another tenant's document."),
    ],
)
async def test_an_answer_cached_for_everybody_is_found(family: str, title: str) -> None:
    result = await probed(frozenset({Leak.ANSWERS_CACHED}), family)
    assert any(title in one.title for one in result.findings), result.reason


@pytest.mark.parametrize("family", ["A4", "A5"])
async def test_a_service_that_answers_each_from_its_own_passes(family: str) -> None:
    result = await probed(frozenset(), family)
    assert result.verdict is Verdict.PASS, result.reason
    assert result.distinct >= 30
    assert "POST /ask" in {cell.route for cell in result.cells}


def test_no_way_of_asking_holds_the_secret_that_it_asks_for() -> None:
    for form in Form:
        one = _KIT.canary("alpha", "handbook", form, 0)
        assert [name for name, turns in PERSUASIONS.items() if Detector([one]).find("\n".join(turns(one)))] == []


def test_a_secret_cut_in_two_by_a_stream_is_read_whole() -> None:
    secret = _KIT.canary("alpha", "handbook", Form.TOKEN, 0)
    half = len(secret.value) // 2
    pieces = [{"text": secret.value[:half]}, {"choices": [{"delta": {"content": secret.value[half:]}}]}]
    body = "".join(f"event: delta\ndata: {json.dumps(one)}\n\n" for one in pieces) + "data: [DONE]\n\n"
    request = Request("api", "POST", "/ask")
    reply = Reply(
        request, "POST /ask", "alpha", 200, (("content-type", "text/event-stream"),), body.encode(), 0.0, "curl"
    )
    assert Detector([secret]).find(reply.raw) == []
    assert [match.canary.id for match in Detector([secret]).find(spoken(reply))] == [secret.id]


def test_every_tenant_holds_the_answer_to_every_shared_question() -> None:
    for tenant in ("alpha", "beta"):
        text = "\n".join(script(_KIT, plan, tenant, takes_metadata=False).content for plan in PLANS)
        assert [answer for answer in ANSWERS.values() if answer not in text] == []
