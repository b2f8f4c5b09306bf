"""Limits of a tenant over HTTP: what is refused, what is told, what others notice of it, which is nothing."""

import asyncio

import httpx
import pytest

from app.api.route_audit import reads
from app.auth import AnyMember
from app.http.plane import create_tenant_app
from tenancy.identity.operators import Operator
from tests.app.http.deployment import Deployment, Member, streaming

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.shows("limits.requests")]

_TOLD = {"ratelimit", "ratelimit-policy", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"}


async def limited(deployment: Deployment, **limits: float) -> Member:
    """Return the administrator of a fresh tenant with limits of its own."""
    admin = await deployment.administrator()
    await limit(deployment, admin, **limits)
    return admin


async def limit(deployment: Deployment, member: Member, **limits: float) -> None:
    """Change the limits of a member's tenant, as an operator does."""
    custody = await deployment.resources.mint.custody(Operator("tests"), member.tenant, "a test")
    await custody.change(None, limits)


async def quotas(member: Member) -> dict[str, dict[str, float]]:
    """Return what the tenant is told of its limits, by name."""
    answer = await member.http.get("/v1/quotas")
    assert answer.status_code == 200, answer.text
    return {item.pop("name"): item for item in answer.json()["items"]}


def refused(answer: httpx.Response, code: str = "rate_limited") -> None:
    """Check that an answer is a problem document which says when to come again and nothing else."""
    assert answer.status_code == 429, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == code
    assert set(answer.json()) == {"type", "title", "status", "detail", "instance", "code", "request_id"}
    assert int(answer.headers["retry-after"]) >= 1


async def test_more_in_a_second_than_the_burst_is_refused_with_when_to_come_again(deployment: Deployment) -> None:
    admin = await limited(deployment, burst=3)
    answers = await asyncio.gather(*(admin.http.get("/v1/me") for _ in range(5)))
    too_many = [answer for answer in answers if answer.status_code != 200]
    assert len(too_many) == 2
    for answer in too_many:
        refused(answer)
        assert answer.headers["retry-after"] == "1"


async def test_more_in_a_minute_than_the_rate_is_refused_before_anything_is_done(deployment: Deployment) -> None:
    admin = await limited(deployment, requests_per_minute=4)
    answers = [await admin.http.post("/v1/clients", json={"name": "x", "roles": ["user"]}) for _ in range(7)]
    made = sum(answer.status_code == 201 for answer in answers)
    assert 4 <= made <= 5  # five where a minute of the clock began meanwhile
    refused(answers[-1])
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 61
    await limit(deployment, admin, requests_per_minute=1_000)
    clients = (await admin.http.get("/v1/clients")).json()["items"]
    assert len(clients) == 1 + made


async def test_answers_tell_what_is_left(deployment: Deployment) -> None:
    admin = await limited(deployment, requests_per_minute=40, burst=10)
    answers = [await admin.http.get("/v1/me") for _ in range(2)]
    lefts = [int(answer.headers["x-ratelimit-remaining"]) for answer in answers]
    assert lefts in ([39, 38], [39, 39])  # the same where a minute of the clock began meanwhile
    headers = answers[0].headers
    assert headers["x-ratelimit-limit"] == "40"
    assert 0 < int(headers["x-ratelimit-reset"]) <= 60
    assert headers["ratelimit-policy"] == '"minute";q=40;w=60, "second";q=10;w=1'
    assert headers["ratelimit"].startswith('"minute";r=39;t=')
    user = await deployment.member(admin, "user")
    forbidden = await user.http.get("/v1/clients")
    assert (forbidden.status_code, _TOLD - set(forbidden.headers)) == (403, set())


async def test_L11_an_absent_id_is_told_nothing_that_a_path_of_no_route_is_not_told(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    absent, nowhere = await admin.http.get("/v1/documents/doc_x"), await admin.http.get("/v1/nowhere")
    assert (absent.status_code, nowhere.status_code) == (404, 404)
    assert set(absent.headers) == set(nowhere.headers)
    assert not _TOLD & set(absent.headers)


async def test_what_is_left_can_be_read_where_nothing_is_left_and_takes_nothing(deployment: Deployment) -> None:
    admin = await limited(deployment, requests_per_minute=0)
    refused(await admin.http.get("/v1/me"))
    told = await quotas(admin)
    assert told["requests_per_minute"] == {"limit": 0, "used": 0, "resets_at": told["requests_per_minute"]["resets_at"]}
    await limit(deployment, admin, requests_per_minute=100)
    await admin.http.get("/v1/me")
    assert (await quotas(admin))["requests_per_minute"]["used"] == 1
    assert (await quotas(admin))["requests_per_minute"]["used"] == 1
    assert set(told) == {
        "requests_per_minute", "burst", "concurrent_requests", "tokens_per_minute", "daily_tokens", "monthly_tokens",
        "monthly_usd", "documents", "bytes", "bytes_per_file",
    }  # fmt: skip


async def test_documents_and_bytes_are_counted_and_the_one_too_many_is_refused(deployment: Deployment) -> None:
    admin = await limited(deployment, documents=1, bytes=1_000)
    await admin.upload("a.txt", b"The quay was rebuilt in 1931.")
    told = await quotas(admin)
    assert told["documents"] == {"limit": 1, "used": 1, "resets_at": None}
    assert told["bytes"] == {"limit": 1_000, "used": 29, "resets_at": None}
    refused(await admin.http.post("/v1/documents", files={"file": ("b.txt", b"Another.")}), "quota_exceeded")
    await limit(deployment, admin, documents=5, bytes=30)
    refused(await admin.http.post("/v1/documents", files={"file": ("b.txt", b"Another.")}), "quota_exceeded")
    assert (await quotas(admin))["documents"]["used"] == 1


async def test_a_place_is_taken_while_an_answer_is_sent_and_free_when_its_reader_has_gone(
    deployment: Deployment,
) -> None:
    admin = await deployment.administrator()
    document = await admin.upload("a.txt", b"The crane lifts forty tonnes.")
    await limit(deployment, admin, concurrent_requests=1)
    async with streaming(deployment.app, admin, f"/v1/documents/{document['id']}/events") as stream:
        await stream.parts.get()
        assert (await quotas(admin))["concurrent_requests"]["used"] == 1
        refused(await admin.http.get("/v1/me"))
    assert (await admin.http.get("/v1/me")).status_code == 200
    assert (await quotas(admin))["concurrent_requests"]["used"] == 0


async def test_a_place_is_free_after_a_crash_a_refusal_and_a_cancelled_request(deployment: Deployment) -> None:
    admin = await limited(deployment, concurrent_requests=1)
    app = create_tenant_app(deployment.resources)
    begun = asyncio.Event()

    @app.get("/v1/broken")
    @reads("broken.read")
    async def broken(compartment: AnyMember) -> None:
        raise RuntimeError(compartment.caller.actor)

    @app.get("/v1/endless")
    @reads("endless.read")
    async def endless(_compartment: AnyMember) -> None:
        begun.set()
        await asyncio.Event().wait()

    odd = Deployment(deployment.resources, deployment.parser, app)
    http = odd.client(admin.http.headers["authorization"].removeprefix("Bearer "))
    assert (await http.get("/v1/broken")).status_code == 500
    assert (await http.get("/v1/documents/doc_x")).status_code == 404
    waiting = asyncio.create_task(http.get("/v1/endless"))
    await begun.wait()
    refused(await http.get("/v1/me"))
    waiting.cancel()
    assert isinstance((await asyncio.gather(waiting, return_exceptions=True))[0], asyncio.CancelledError)
    assert (await http.get("/v1/me")).status_code == 200


async def test_L18_L31_a_tenant_at_its_limits_is_noticed_by_nobody_else(deployment: Deployment) -> None:
    admin, other = await limited(deployment, burst=1, requests_per_minute=1), await deployment.administrator()
    before = await quotas(other)
    answers = [await admin.http.get("/v1/me") for _ in range(4)]
    refused(answers[-1])
    after = await quotas(other)
    for told in (before, after):
        del told["requests_per_minute"]["resets_at"], told["burst"]["resets_at"]
    assert after == before
    answer = await other.http.get("/v1/me")
    assert (answer.status_code, answer.headers["x-ratelimit-remaining"]) == (200, "29999")
    for each in (other.tenant, (await other.http.get("/v1/me")).json()["tenant"]["name"]):
        assert each not in answers[-1].text


async def test_whoever_brings_no_token_is_told_no_numbers_and_counts_for_nobody(deployment: Deployment) -> None:
    admin = await limited(deployment, burst=2)
    for http in (deployment.client(), deployment.client("not a token"), deployment.client("a.b.c")):
        for answer in await asyncio.gather(*(http.get("/v1/me") for _ in range(5))):
            assert answer.status_code == 401
            assert not (_TOLD | {"retry-after"}) & set(answer.headers)
    assert (await quotas(admin))["burst"]["used"] == 0
    assert (await admin.http.get("/v1/me")).status_code == 200


async def test_every_route_that_takes_a_token_is_described_as_one_that_may_refuse(deployment: Deployment) -> None:
    document = (await deployment.client().get("/openapi.json")).json()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert {"429", "503"} <= set(operation["responses"]) or not operation["security"], path


async def test_a_client_has_limits_of_its_own_within_its_tenants(deployment: Deployment) -> None:
    admin = await deployment.administrator()
    own = {"requests_per_minute": 2, "daily_tokens": 1, "monthly_usd": 0.5}
    wish = {"name": "a program", "roles": ["user"], "limits": own}
    made = (await admin.http.post("/v1/clients", json=wish)).json()
    assert made["limits"] == own
    assert own in [each["limits"] for each in (await admin.http.get("/v1/clients")).json()["items"]]
    program = await deployment.signed_in(made, admin.tenant)
    told = await quotas(program)
    assert told["client.requests_per_minute"]["limit"] == 2
    assert (told["client.daily_tokens"]["limit"], told["client.daily_tokens"]["used"]) == (1, 0)
    assert not {name for name in await quotas(admin) if name.startswith("client.")}
    assert (await program.http.post("/v1/search", json={"query": "the quay"})).status_code == 200
    refused(await program.http.post("/v1/search", json={"query": "the quay"}), "budget_exceeded")
    used = (await quotas(admin))["requests_per_minute"]["used"]
    answers = [await program.http.get("/v1/me") for _ in range(2)]
    refused(answers[-1])
    assert answers[-1].headers["x-ratelimit-limit"] == "2"
    assert (await quotas(admin))["requests_per_minute"]["used"] <= used + 1  # what is refused takes nothing of the rest
    assert (await admin.http.post("/v1/search", json={"query": "the quay"})).status_code == 200


@pytest.mark.parametrize("limits", [{"documents": 1}, {"burst": -1}, {"burst": 1.5}, {"monthly_usd": "many"}, None])
async def test_a_client_gets_no_limit_that_is_none(deployment: Deployment, limits: object) -> None:
    admin = await deployment.administrator()
    wish = {"name": "a program", "roles": ["user"], "limits": limits}
    assert (await admin.http.post("/v1/clients", json=wish)).status_code == 422
