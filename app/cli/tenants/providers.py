"""`bulkhead provider`: what the tenants of each plan are offered, beside a running service or without one."""

import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated, Final

import typer

from app.cli.outcome import AsJson, deployment, run, show
from app.cli.tenants.turning import written
from app.cli.witnessed import Why, system_user, witnessed
from app.resources import open_deployment
from tenancy.foundation import Foundation
from tenancy.models.offers.offer import Offer

app: Final = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Set, list, suspend, resume and remove the model providers that tenants use without a key of their own.",
)
_STANDARD_INPUT: Final = "-"
_LONGEST_KEY: Final = 1_000
Plan = Annotated[str, typer.Argument(metavar="PLAN", help="free, standard or dedicated.")]
Reason = Annotated[str, typer.Option(help="Why; it stands in the operators' trail.")]
KeyFile = Annotated[
    str | None,
    typer.Option(metavar="FILE", help="A file that holds the key, or - for standard input; left out, the key stays."),
]
Address = Annotated[str | None, typer.Option(metavar="URL", help="The provider's base URL; left out, it stays.")]


def _row(on: Foundation, offer: Offer) -> dict[str, object]:
    """Return an offer as commands print it: without the key."""
    model = offer.provider.get("model")
    since = None if offer.since is None else written(offer.since)
    priced = model is not None and on.prices.lists(model, time.time())
    at = {"provider_base_url": offer.provider.get("provider_base_url"), "model": model, "model_priced": priced}
    return {"plan": offer.plan, "status": offer.status, "since": since, **at}


@app.command("list")
def list_all(*, reason: Why = "", as_json: AsJson = False) -> None:
    """List what the tenants of each plan are offered."""
    operator = system_user(reason)

    async def work() -> list[Mapping[str, object]]:
        async with open_deployment(deployment()) as resources:
            on = resources.foundation
            async with witnessed(on, operator, "provider.listed"):
                return [_row(on, offer) for offer in await on.offers.all()]

    show(run(work()), as_json=as_json)


@app.command("set")
def put(
    plan: Plan,
    *,
    key_file: KeyFile = None,
    base_url: Address = None,
    model: Annotated[str | None, typer.Option(help="The model that answers; left out, it stays.")] = None,
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Offer a plan's tenants a provider, or another one, from the next request on."""
    wanted = {"provider_base_url": base_url, "model": model}
    given: dict[str, str | None] = {name: value for name, value in wanted.items() if value is not None}

    async def work(on: Foundation) -> Offer:
        if key_file is not None:
            given["provider_key"] = _key(key_file)
        await on.chats.admit(given)
        return await on.offers.set(plan, given)

    _done("provider.set", plan, reason, work, as_json=as_json)


def _key(file: str) -> str:
    """Return the key in a file, without the white space around it."""
    if file == _STANDARD_INPUT:
        return sys.stdin.read(_LONGEST_KEY).strip()
    with Path(file).open(encoding="utf-8", errors="replace") as opened:
        return opened.read(_LONGEST_KEY).strip()


@app.command()
def remove(plan: Plan, *, reason: Reason, as_json: AsJson = False) -> None:
    """Offer a plan's tenants nothing from the next request on, and destroy the key."""
    _done("provider.removed", plan, reason, lambda on: on.offers.remove(plan), as_json=as_json)


@app.command()
def suspend(plan: Plan, *, reason: Reason, as_json: AsJson = False) -> None:
    """Let nobody use a plan's provider from the next request on; the key is kept."""
    _done("provider.suspended", plan, reason, lambda on: on.offers.suspend(plan), as_json=as_json)


@app.command()
def resume(plan: Plan, *, reason: Reason = "resumed", as_json: AsJson = False) -> None:
    """Let a plan's tenants use its provider again."""
    _done("provider.resumed", plan, reason, lambda on: on.offers.resume(plan), as_json=as_json)


def _done(
    action: str, plan: str, reason: str, change: Callable[[Foundation], Awaitable[Offer]], *, as_json: bool
) -> None:
    """Make a change in the name of the system's user, and print how the offer stands then."""
    operator = system_user(reason)

    async def work() -> dict[str, object]:
        async with open_deployment(deployment()) as resources:
            on = resources.foundation
            async with witnessed(on, operator, action, plan):
                return _row(on, await change(on))

    show(run(work()), as_json=as_json)
