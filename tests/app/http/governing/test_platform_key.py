"""The operator's key: where it is not, and that one which was ended writes nothing any more, anywhere."""

import asyncio
import json

import pytest

from tenancy.credentials import Circumstances
from tenancy.crypto.revocation_log import RevocationLog
from tenancy.metering.chat import MeteredChat
from tenancy.models.offers.offers import Offers
from tenancy.models.provider import ProviderUnavailable
from tenancy.sealing import SealBroken
from tenancy.stores.schema import deployment as notes
from tests.app.admin.offering import PLAN, PLATFORM_KEY, Offering, agreeing, offering
from tests.app.http.deployment import Deployment, Member
from tests.app.http.governing.test_settings import keys_sent, model_of, provider
from tests.standins.openai_server import OpenAIServer

__all__ = ["offering"]

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.shows("providers.operator")]

_QUESTION = {"question": "When was the quay rebuilt?"}


async def test_what_another_process_changes_holds_for_the_next_request_here(
    deployment: Deployment, openai_server: OpenAIServer, offering: Offering
) -> None:
    admin, on = await agreeing(deployment), deployment.resources.foundation
    ledger = RevocationLog(deployment.resources.settings.keys_folder / "ledger.jsonl", on.provider.secret("ledger"))
    elsewhere = Offers(on.store, on.provider, ledger)
    await offering.put(openai_server)
    assert await model_of(admin) == "gpt-4o"
    await elsewhere.set(PLAN, {"provider_key": "sk-elsewhere", "model": "gpt-4o-mini"})
    assert await model_of(admin) == "gpt-4o-mini"
    await elsewhere.suspend(PLAN)
    assert await model_of(admin) == "extractive"
    assert keys_sent(openai_server) == [PLATFORM_KEY, "sk-elsewhere"]


async def _held(deployment: Deployment, admin: Member) -> MeteredChat:
    token = admin.http.headers["authorization"].removeprefix("Bearer ")
    compartment = await deployment.resources.mint.from_token(token, Circumstances())
    async with compartment.snapshot() as records:
        kept = await compartment.models.provider(records.settings)
    held = await compartment.models.chat(kept)
    assert held is not None
    return held


async def _said(chat: MeteredChat) -> str:
    asked = [{"role": "user", "content": "Still there?"}]
    return (await chat.complete(asked, model="gpt-4o", temperature=0, max_tokens=9)).text


@pytest.mark.parametrize("end", ["suspend", "remove", "no longer agreed"])
async def test_a_key_that_is_not_used_any_more_is_forgotten_and_nothing_else_ends_what_is_under_way(
    deployment: Deployment, openai_server: OpenAIServer, offering: Offering, end: str
) -> None:
    admin = await agreeing(deployment)
    await offering.put(openai_server)
    held = await _held(deployment, admin)
    change: dict[str, object] = {"log_mode": "off", "platform_provider_host": "127.0.0.1"}
    assert (await admin.http.patch("/v1/settings", json=change)).status_code == 200
    assert await _said(held)
    if end == "no longer agreed":
        assert (await admin.http.patch("/v1/settings", json={"platform_provider_host": None})).status_code == 200
    else:
        await offering.turn(end)
        assert await model_of(admin) == "extractive"
    with pytest.raises(ProviderUnavailable):
        await _said(held)
    assert len(openai_server.asked) == 1


async def test_L10_the_key_is_in_no_answer_no_trail_no_log_and_no_byte_at_rest(
    deployment: Deployment, openai_server: OpenAIServer, offering: Offering, capfd: pytest.CaptureFixture[str]
) -> None:
    admin, key = await agreeing(deployment), "sk-nobody-reads-the-platforms"
    shown = [json.dumps(await offering.put(openai_server, provider_key=key))]
    assert await model_of(admin) == "gpt-4o"
    for http, path in (
        (offering.http, "/admin/v1/providers"), (offering.http, "/admin/v1/audit"), (admin.http, "/v1/settings"),
        (admin.http, "/v1/audit"), (admin.http, "/v1/logs"), (offering.http, "/metrics"),
    ):  # fmt: skip
        shown.append((await http.get(path)).text)
    said = capfd.readouterr()
    folder = deployment.resources.settings.data_dir.parent
    kept = await asyncio.to_thread(lambda: [each.read_bytes() for each in folder.rglob("*") if each.is_file()])
    shown += [each.decode("latin-1") for each in kept]
    for each in (*shown, said.out, said.err):
        assert key not in each
        assert "nobody-reads-the-platforms" not in each
    assert f'"resource":"{PLAN}"' in shown[2].replace(" ", "")


async def test_what_cannot_be_read_refuses_those_who_would_use_it_and_nobody_else(
    deployment: Deployment, openai_server: OpenAIServer, offering: Offering
) -> None:
    admin, own = await agreeing(deployment), await agreeing(deployment)
    assert (await own.http.patch("/v1/settings", json=provider(openai_server, "sk-own"))).status_code == 200
    await offering.put(openai_server)
    store = deployment.resources.foundation.store
    async with store.registry(writes=True) as db:
        await db.execute(notes.update().where(notes.c.key == f"offer:{PLAN}").values(value=b"edited"))
    refused = await admin.http.post("/v1/ask", json=_QUESTION)
    assert (refused.status_code, refused.json()["code"]) == (SealBroken.status, SealBroken.code)
    assert await model_of(own) == "stand-in"
    listed = {each["plan"]: each["status"] for each in (await offering.http.get("/admin/v1/providers")).json()["items"]}
    assert listed == {"free": "none", "standard": "lost", "dedicated": "none"}
    await offering.put(openai_server)
    assert await model_of(admin) == "gpt-4o"


async def test_L46_an_offer_that_was_ended_does_not_come_back_with_an_older_database(
    deployment: Deployment, openai_server: OpenAIServer, offering: Offering
) -> None:
    admin, store = await agreeing(deployment), deployment.resources.foundation.store
    mine = notes.c.key == f"offer:{PLAN}"

    async def kept() -> bytes:
        async with store.registry(writes=False) as db:
            return bytes((await db.execute(notes.select().where(mine))).one().value)

    async def put_back(body: bytes) -> None:
        async with store.registry(writes=True) as db:
            await db.execute(notes.delete().where(mine))
            await db.execute(notes.insert().values(key=f"offer:{PLAN}", value=body))

    await offering.put(openai_server, provider_key="sk-leaked")
    old = await kept()
    await offering.put(openai_server, provider_key="sk-new")
    await put_back(old)
    assert await model_of(admin) == "extractive"
    await offering.put(openai_server)
    old = await kept()
    await offering.turn("remove")
    await put_back(old)
    assert await model_of(admin) == "extractive"
    assert openai_server.asked == []
