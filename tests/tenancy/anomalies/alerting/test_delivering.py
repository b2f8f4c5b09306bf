"""An alert reaches its tenant's webhook signed, through the guarded way out, however often that has to be tried."""

import asyncio
import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from tenancy.anomalies.alerts import Alert, DeliveryState
from tenancy.anomalies.chosen import change_alerting, shown
from tenancy.anomalies.delivering import AGAIN_SECONDS, LEASE_SECONDS, deliver
from tenancy.anomalies.post import Outcome, Post
from tenancy.erasure import request_erasure
from tenancy.foundation import Foundation
from tenancy.lifecycle.housekeeper import Housekeeper
from tenancy.lifecycle.upkeep import Observer
from tenancy.models.egress import AddressRefused, Bounds, EgressGuard
from tenancy.stores.due import Kind
from tests.standins.webhook_receiver import Arrived, WebhookReceiver, running_receiver
from tests.tenancy.anomalies.alerting.raising import READ, act, alerts_of, at, looked, more_than
from tests.tenancy.building import OPERATOR, House, Resident
from tests.tenancy.lifecycle.rounds import make_due

_SECRET = "whsec_" + base64.b64encode(b"thirty-two bytes of a test's own").decode()
_KEY = b"thirty-two bytes of a test's own"
_SOME = more_than(2)


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with running_receiver() as running:
        yield running


async def _choose(home: House, one: Resident, **given: str | None) -> None:
    async with (await home.enter(one)).begin() as records:
        await change_alerting(records.settings, given)


async def _raise(home: House, one: Resident, url: str) -> Alert:
    """Give a tenant a webhook and something unusual."""
    await _choose(home, one, webhook_url=url, webhook_secret=_SECRET)
    await act(await home.enter(one), *[READ] * 4)
    (raised,) = await looked(home, one, detect=_SOME)
    return raised.alert


async def _attempt(home: House, one: Resident, later: float = 0.0, on: Foundation | None = None) -> list[Outcome]:
    return list((await deliver(on or home.foundation, one.id, clock=lambda: at(later))).outcomes)


def genuine(arrived: Arrived, key: bytes) -> bool:
    """Tell, as a receiver does by the standard, whether what arrived was signed with the key."""
    signed = b".".join(
        (arrived.headers["webhook-id"].encode(), arrived.headers["webhook-timestamp"].encode(), arrived.body)
    )
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return arrived.headers["webhook-signature"] == f"v1,{expected}"


async def test_an_alert_arrives_signed_and_says_what_the_list_says(
    home: House, a: Resident, receiver: WebhookReceiver
) -> None:
    alert = await _raise(home, a, receiver.url)
    assert await _attempt(home, a) == [Outcome.DELIVERED]
    (arrived,) = receiver.arrived
    assert (arrived.path, arrived.headers["content-type"]) == ("/hook", "application/json")
    assert genuine(arrived, _KEY)
    assert not genuine(arrived, b"another")
    assert not genuine(replace(arrived, body=arrived.body + b" "), _KEY)
    assert arrived.headers["webhook-id"] == alert.id
    assert abs(int(arrived.headers["webhook-timestamp"]) - at()) < 60
    said = json.loads(arrived.body)
    assert said["type"] == "alert.raised"
    told = said["data"]
    assert (told["id"], told["tenant"], told["kind"], told["seen"]) == (alert.id, a.id, "spike", alert.finding.seen)
    (kept,) = await alerts_of(home, a)
    assert (kept.delivery, kept.attempts) == (DeliveryState.DELIVERED, 1)
    assert await _attempt(home, a, later=1e6) == []
    assert len(receiver.arrived) == 1


async def test_a_webhook_that_fails_is_tried_again_at_growing_intervals_and_given_up_in_the_end(
    home: House, a: Resident, receiver: WebhookReceiver
) -> None:
    receiver.answer = lambda: (503, {})
    await _raise(home, a, receiver.url)
    later = 0.0
    for number, wait in enumerate((*AGAIN_SECONDS, None), 1):
        assert await _attempt(home, a, later) == [Outcome.FAILED]
        (kept,) = await alerts_of(home, a)
        assert kept.attempts == number
        assert kept.delivery is (DeliveryState.GIVEN_UP if wait is None else DeliveryState.PENDING)
        if wait is not None:
            assert await _attempt(home, a, later + wait - 1) == []
            later += wait + 1
    assert await _attempt(home, a, later + 1e9) == []
    assert len(receiver.arrived) == len(AGAIN_SECONDS) + 1
    assert len({each.headers["webhook-id"] for each in receiver.arrived}) == 1
    assert all(genuine(each, _KEY) for each in receiver.arrived)


async def test_a_receiver_that_is_gone_is_not_asked_again(home: House, a: Resident, receiver: WebhookReceiver) -> None:
    receiver.answer = lambda: (410, {})
    await _raise(home, a, receiver.url)
    assert await _attempt(home, a) == [Outcome.REFUSED]
    assert (await alerts_of(home, a))[0].delivery is DeliveryState.GIVEN_UP


async def test_an_attempt_whose_process_was_killed_is_made_again_when_its_lease_is_over(
    home: House, a: Resident, receiver: WebhookReceiver
) -> None:
    await _raise(home, a, receiver.url)
    arrived, go = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def hang() -> tuple[int, dict[str, str]]:
        loop.call_soon_threadsafe(arrived.set)
        go.wait(20)
        return 204, {}

    receiver.answer = hang
    dying = asyncio.create_task(_attempt(home, a))
    await arrived.wait()
    dying.cancel()
    await asyncio.wait({dying})
    go.set()
    receiver.answer = lambda: (204, {})
    waits = await deliver(home.foundation, a.id)
    assert waits.outcomes == ()  # the one that died might be at it
    assert waits.next_at is not None
    assert 0 < waits.next_at - at() <= LEASE_SECONDS
    assert await _attempt(home, a, LEASE_SECONDS + 1) == [Outcome.DELIVERED]
    assert (await alerts_of(home, a))[0].attempts == 2


async def test_two_processes_deliver_an_alert_once(home: House, a: Resident, receiver: WebhookReceiver) -> None:
    await _raise(home, a, receiver.url)
    became = await asyncio.gather(*(_attempt(home, a) for _ in range(5)))
    assert sorted(map(len, became)) == [0, 0, 0, 0, 1]
    assert len(receiver.arrived) == 1


class Names:
    """A resolver that answers differently each time: what an attacker's own name server does."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.left = list(answers)

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        del host, port
        return self.left.pop(0) if len(self.left) > 1 else self.left[0]


@pytest.mark.parametrize(
    ("url", "answers"),
    [
        ("https://127.0.0.1:{port}/hook", [["93.184.216.34"]]),
        ("http://127.0.0.1:{port}/hook", [["93.184.216.34"]]),
        ("https://[::ffff:127.0.0.1]:{port}/hook", [["93.184.216.34"]]),
        ("https://2130706433:{port}/hook", [["93.184.216.34"]]),
        ("https://hook.example:{port}/hook", [["127.0.0.1"]]),
        ("https://hook.example:{port}/hook", [["93.184.216.34"], ["127.0.0.1"]]),
        ("https://hook.example:{port}/hook", [["93.184.216.34", "169.254.169.254"]]),
        ("https://hook.example:{port}/hook", [["10.0.0.8"]]),
    ],
)
async def test_L50_no_alert_reaches_an_internal_address_by_whatever_name(
    home: House, a: Resident, receiver: WebhookReceiver, url: str, answers: list[list[str]]
) -> None:
    """The address was admitted once, or put straight into the settings: each attempt looks for itself."""
    await _raise(home, a, url.format(port=receiver.http.server_address[1]))
    names = Names(*answers)
    post = Post(EgressGuard(resolver=names), Bounds(connect=0.2, total=0.5))
    if len(answers) > 1:
        await post.admit(url.format(port=1))
    assert await _attempt(home, a, on=replace(home.foundation, post=post)) == [Outcome.FAILED]
    assert receiver.arrived == []


async def test_L50_a_redirect_is_not_followed(home: House, a: Resident, receiver: WebhookReceiver) -> None:
    with running_receiver() as inner:
        receiver.answer = lambda: (307, {"Location": inner.url})
        await _raise(home, a, receiver.url)
        assert await _attempt(home, a) == [Outcome.FAILED]
        assert (len(receiver.arrived), inner.arrived) == (1, [])


@pytest.mark.parametrize("url", ["https://10.0.0.8/hook", "http://93.184.216.34/hook", "https://0x7f.1/", "no address"])
async def test_L50_an_internal_or_odd_address_is_not_admitted(url: str) -> None:
    with pytest.raises(AddressRefused):
        await Post(EgressGuard()).admit(url)


async def test_what_a_tenant_took_out_is_used_no_more(home: House, a: Resident, receiver: WebhookReceiver) -> None:
    await _raise(home, a, receiver.url)
    await _choose(home, a, webhook_url=None, webhook_secret=None)
    assert await _attempt(home, a) == []
    assert (await alerts_of(home, a))[0].delivery is DeliveryState.GIVEN_UP
    assert receiver.arrived == []


async def test_L14_a_secret_stays_with_the_address_it_was_given_for(
    home: House, a: Resident, receiver: WebhookReceiver
) -> None:
    await _raise(home, a, receiver.url)
    with running_receiver() as thief:
        await _choose(home, a, webhook_url=thief.url)
        async with (await home.enter(a)).snapshot() as records:
            assert (await shown(records.settings))["alert_webhook"] == {"url": thief.url, "secret_set": False}
        assert await _attempt(home, a) == []
        assert (receiver.arrived, thief.arrived) == ([], [])
        await _choose(home, a, webhook_url=receiver.url)
        async with (await home.enter(a)).snapshot() as records:
            assert (await shown(records.settings))["alert_webhook"] == {"url": receiver.url, "secret_set": False}


async def test_another_path_at_the_same_address_keeps_the_secret(home: House, a: Resident) -> None:
    await _choose(home, a, webhook_url="https://alerts.example/one", webhook_secret=_SECRET)
    async with (await home.enter(a)).begin() as records:
        changed = await change_alerting(records.settings, {"webhook_url": "https://alerts.example:443/two"})
        assert (changed.fields, changed.secret_dropped) == (("webhook_url",), False)


async def test_L14_alerts_of_one_tenant_go_to_its_own_webhook_signed_with_its_own_secret(
    home: House, a: Resident, b: Resident, receiver: WebhookReceiver
) -> None:
    with running_receiver() as other:
        for one, at in ((a, receiver), (b, other)):
            await _raise(home, one, at.url)
        await _choose(home, b, webhook_secret="x" * 24)
        for one in (a, b):
            await _attempt(home, one)
        told = [json.loads(at.arrived[0].body)["data"]["tenant"] for at in (receiver, other)]
        assert told == [a.id, b.id]
        assert [genuine(receiver.arrived[0], key) for key in (_KEY, b"x" * 24)] == [True, False]
        assert [genuine(other.arrived[0], key) for key in (_KEY, b"x" * 24)] == [False, True]


async def test_L07_L42_nothing_is_sent_for_a_tenant_that_was_suspended_or_is_being_erased(
    home: House, a: Resident, receiver: WebhookReceiver
) -> None:
    await _raise(home, a, receiver.url)
    await (await home.custody(a.id)).suspend()
    assert await _attempt(home, a) == []
    await (await home.custody(a.id)).resume()
    await request_erasure(home.mint, home.foundation, OPERATOR, a.id, "a test")
    assert await _attempt(home, a) == []
    assert receiver.arrived == []


async def test_a_receiver_that_hangs_holds_up_its_own_tenant_alone(
    home: House, a: Resident, b: Resident, receiver: WebhookReceiver
) -> None:
    """The first answers only after the second has got its own."""
    with running_receiver() as slow:
        told: list[Outcome] = []
        arrived, both = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def answer() -> tuple[int, dict[str, str]]:
            loop.call_soon_threadsafe(arrived.set)
            return 204, {}

        def wait() -> tuple[int, dict[str, str]]:
            asyncio.run_coroutine_threadsafe(arrived.wait(), loop).result(20)
            return 204, {}

        receiver.answer, slow.answer = answer, wait
        await _raise(home, a, slow.url)
        await _raise(home, b, receiver.url)

        def tell(outcome: Outcome) -> None:
            told.append(outcome)
            if len(told) > 1:
                both.set()

        await make_due(home.foundation, Kind.DELIVERY, a.id, b.id)
        task = asyncio.create_task(Housekeeper(home.foundation, Observer(sent=tell)).run())
        async with asyncio.timeout(20):
            await arrived.wait()
            await both.wait()
        task.cancel()
        await asyncio.wait({task})
        assert (told, len(slow.arrived)) == ([Outcome.DELIVERED] * 2, 1)
