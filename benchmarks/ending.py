"""Seconds from an ending (a client revoked, a tenant suspended or erased) to the last request and the last job let in.

Each ending happens under load: callers that ask without a pause, and a queue of documents that a worker works through.
A request counts from when it was sent, so that one under way when the ending was asked for is not counted as late.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final

import httpx

from benchmarks.figures import Figures, median
from benchmarks.service import Running, TenantCaller, fresh_folder, operator_token, running, tenant

_ROUNDS: Final = 3
_CALLERS: Final = 2
_QUEUED: Final = 40
_WATCH_SECONDS: Final = 3.0  # after the answer to the ending: whoever is let in so late would be seen
_PAUSE_SECONDS: Final = 0.02
_BUSY_SECONDS: Final = 60.0  # until both the callers and the worker are at work
_JOBS: Final = "bulkhead_jobs_total{"
_REFUSED: Final = {401, 403, 409, 503}  # 409 and 503: what was under way when the scope or the keys ended
Ending = Callable[["Stage"], Awaitable[None]]


@dataclass(slots=True)
class Stage:
    """One tenant under load, with an operator and a second client of the tenant's."""

    operator: httpx.AsyncClient
    admin: TenantCaller
    worker: TenantCaller
    tenant_id: str
    client_id: str
    accepted: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    jobs: list[float] = field(default_factory=list)
    busy: asyncio.Event = field(default_factory=asyncio.Event)


async def revoke(on: Stage) -> None:
    """Revoke the client that asks and that has queued the documents."""
    (await on.admin.client.delete(f"/v1/clients/{on.client_id}")).raise_for_status()


async def suspend(on: Stage) -> None:
    """Suspend the tenant."""
    path = f"/admin/v1/tenants/{on.tenant_id}/suspend"
    (await on.operator.post(path, json={"reason": "a measurement"})).raise_for_status()


async def erase(on: Stage) -> None:
    """Erase the tenant."""
    path = f"/admin/v1/tenants/{on.tenant_id}"
    (await on.operator.request("DELETE", path, json={"reason": "a measurement"})).raise_for_status()


ENDINGS: Final[dict[str, Ending]] = {"revoke": revoke, "suspend": suspend, "erase": erase}


def measure(figures: Figures) -> None:
    """Measure every ending, several times, against one service with its worker in the same process."""
    with fresh_folder() as data, running(data) as service:
        token = operator_token(service)
        for name, ending in ENDINGS.items():
            rounds = [asyncio.run(_round(service, token, f"{name} {number}", ending)) for number in range(_ROUNDS)]
            for what in rounds[0]:
                values = [each[what] for each in rounds]
                unit = "s" if what.startswith("seconds") else "count"
                figures.add("ending", f"{name}: {what}, median", median(values), unit, _ROUNDS)
                figures.add("ending", f"{name}: {what}, worst", max(values), unit, _ROUNDS)


async def _round(service: Running, token: str, name: str, ending: Ending) -> dict[str, float]:
    async with AsyncExitStack() as stack:
        on = await _stage(stack, service, token, name)
        files = [(f"{name} {number}.txt", f"Page {number} of {name}.".encode()) for number in range(_QUEUED)]
        await on.worker.upload_all(files)
        async with asyncio.TaskGroup() as group:
            load = [group.create_task(_ask(on)) for _ in range(_CALLERS)]
            load.append(group.create_task(_count_jobs(on)))
            async with asyncio.timeout(_BUSY_SECONDS):
                await on.busy.wait()
            begun = time.perf_counter()
            await ending(on)
            answered = time.perf_counter()
            await asyncio.sleep(_WATCH_SECONDS)
            for each in load:
                each.cancel()
    late = [at for at in on.accepted if at > answered]
    return {
        "seconds the ending takes to be answered": answered - begun,
        "seconds from asking for it to the last request let in": _last(on.accepted, begun),
        "requests let in that were sent after its answer": float(len(late)),
        "requests refused": float(len(on.refused)),
        "seconds from its answer to the last job that ended": _last(on.jobs, answered),
        "jobs left undone": float(_QUEUED - len(on.jobs)),
    }


def _last(times: list[float], since: float) -> float:
    """Return how long after `since` the last of `times` was; 0 if none was."""
    return max([at - since for at in times if at > since], default=0.0)


async def _stage(stack: AsyncExitStack, service: Running, token: str, name: str) -> Stage:
    admin = await stack.enter_async_context(tenant(service, token, name))
    headers = {"Authorization": f"Bearer {token}"}
    operator = await stack.enter_async_context(httpx.AsyncClient(base_url=service.admin, headers=headers, timeout=120))
    wish = {"name": "a program", "roles": ["power"]}
    made = (await admin.client.post("/v1/clients", json=wish)).raise_for_status().json()
    form = {"grant_type": "client_credentials", **{key: made[key] for key in ("client_id", "client_secret")}}
    issued = (await admin.client.post("/v1/token", data=form)).raise_for_status().json()
    headers = {"Authorization": f"Bearer {issued['access_token']}"}
    client = await stack.enter_async_context(httpx.AsyncClient(base_url=service.api, headers=headers, timeout=120))
    owner = (await admin.client.get("/v1/me")).raise_for_status().json()["tenant"]["id"]
    return Stage(operator, admin, TenantCaller(client), owner, made["client_id"])


async def _ask(on: Stage) -> None:
    """Ask without a pause, and write down when what was let in and what was refused had been sent."""
    while True:
        sent = time.perf_counter()
        answer = await on.worker.client.get("/v1/documents", params={"limit": 1})
        if answer.status_code in _REFUSED:
            on.refused.append(sent)
        elif answer.status_code == httpx.codes.OK:
            on.accepted.append(sent)
        else:
            raise SystemExit(f"unexpected answer {answer.status_code}: {answer.text[:300]}")


async def _count_jobs(on: Stage) -> None:
    """Write down when each job of the tenant ended that came to something, as the service's own numbers tell."""
    while True:
        text = (await on.operator.get("/metrics")).raise_for_status().text
        lines = [line for line in text.splitlines() if line.startswith(_JOBS) and on.tenant_id in line]
        done = sum(float(line.rsplit(" ", 1)[1]) for line in lines if 'outcome="ready"' in line)
        on.jobs += [time.perf_counter()] * int(done - len(on.jobs))
        if on.jobs and on.accepted:
            on.busy.set()
        await asyncio.sleep(_PAUSE_SECONDS)
