"""A tripwire that a model writes is blocked, looks like any refusal, and rings where operators listen."""

import pytest

from tenancy.ids import TenantId
from tenancy.tripwires.owners import Owner
from tests.app.http.deployment import Deployment, Member
from tests.app.http.test_asking import provider
from tests.standins.openai_server import OpenAIServer

pytestmark = pytest.mark.asyncio(loop_scope="session")

_TEXT = "The quay was rebuilt in 1931 after the storm. The crane lifts forty tonnes."
_QUESTION = "When was the quay rebuilt?"


async def planted(deployment: Deployment, owner: Member, place: str = "a test") -> str:
    """Return a new tripwire of a tenant's own."""
    return await deployment.resources.foundation.tripwires.owners.issue(Owner(TenantId(owner.tenant), place))


async def with_model(deployment: Deployment, server: OpenAIServer) -> Member:
    """Return a tenant whose one document is ready and whose answers the stand-in writes."""
    admin = await deployment.administrator(provider(server, "sk-own"))
    await admin.upload("harbour.txt", _TEXT.encode())
    await deployment.drain(admin)
    return admin


def counted(deployment: Deployment, surface: str, *, blocked: bool) -> float:
    """Return how many alarms the metrics tell of."""
    labels = {"surface": surface, "blocked": str(blocked).lower(), "drill": "false"}
    return deployment.resources.metrics.registry.get_sample_value("bulkhead_tripwires_total", labels) or 0.0


@pytest.mark.shows("tripwires.answers")
async def test_a_model_that_writes_another_tenants_tripwire_is_blocked_and_the_alarm_names_owner_and_place(
    deployment: Deployment, openai_server: OpenAIServer
) -> None:
    caller, other = await with_model(deployment, openai_server), await deployment.administrator()
    token = await planted(deployment, other, "the other's vault")
    before = counted(deployment, "answer", blocked=True)
    openai_server.program = lambda _: f"The quay was rebuilt in 1931 [1]. Also {' '.join(token.upper())} [1]."
    answer = await caller.http.post("/v1/ask", json={"question": _QUESTION})
    nothing = {"question": "Who painted the Mona Lisa?", "filter": {"color": "no document has it"}}
    ordinary = await caller.http.post("/v1/ask", json=nothing)
    assert len(openai_server.asked) == 1
    fields = [
        {**each.json(), "id": "", "usage": {**each.json()["usage"], "embedding_tokens": 0}}
        for each in (answer, ordinary)
    ]
    assert fields[0] == fields[1]
    assert fields[0]["reason"] == "no_hits"
    alarm = (await deployment.resources.foundation.tripwires.alarms.page(1))[0]
    assert (alarm.owner, alarm.place, alarm.seen_by) == (other.tenant, "the other's vault", caller.tenant)
    assert alarm.request == answer.headers["x-request-id"]
    assert counted(deployment, "answer", blocked=True) == before + 1


async def test_a_model_may_write_a_tripwire_that_is_in_the_question_or_the_callers_own(
    deployment: Deployment, openai_server: OpenAIServer
) -> None:
    caller, other = await with_model(deployment, openai_server), await deployment.administrator()
    asked, own = await planted(deployment, other), await planted(deployment, caller)
    openai_server.program = lambda _: f"The quay was rebuilt in 1931 [1]. You asked for {asked}, yours is {own}."
    answer = (await caller.http.post("/v1/ask", json={"question": f"{_QUESTION} And what is {asked}?"})).json()
    assert not answer["refused"], answer
    assert asked in answer["answer"]
    assert own in answer["answer"]
    assert counted(deployment, "question", blocked=False) > 0
