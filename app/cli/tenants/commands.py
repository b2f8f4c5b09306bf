"""`bulkhead tenant`: the tenants of the deployment that the settings name, beside a running service or without one."""

import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from app.attendance import attendance
from app.cli.outcome import WRONG_USE, AsJson, Listing, deployment, fail, run, show
from app.cli.tenants.applying import apply
from app.cli.tenants.embedder_change import follow as follow_embedder
from app.cli.tenants.embedder_change import shown as embedder_of
from app.cli.tenants.exporting import export
from app.cli.tenants.turning import follow, shown, written
from app.cli.witnessed import Why, system_user, witnessed
from app.resources import Resources, open_deployment
from retrieval.profile import profile_from, record_of
from tenancy.card import TenantCard
from tenancy.deployment.roster import MOST, page, roster
from tenancy.embedder_change.service import default_embedder
from tenancy.erasure import read_erasure, request_erasure
from tenancy.identity.operators import NOT_STATED
from tenancy.provision import NewTenant, provision
from tenancy.rotation.steps import find_rotation

app: Final = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Create, list, show, change, suspend, resume, export, re-embed and erase tenants, replace their keys.",
)
Tenant = Annotated[str, typer.Argument(metavar="TENANT", help="The tenant's id.")]
Reason = Annotated[str, typer.Option(help="Why; it is written into the tenant's audit.")]


def _deployment() -> AbstractAsyncContextManager[Resources]:
    return open_deployment(deployment())


def _row(card: TenantCard) -> dict[str, object]:
    own = {"id": card.id, "name": card.name, "status": card.status, "plan": card.plan}
    return {**own, "created_at": written(card.created_at), "limits": card.limits}


def _object(path: Path | None) -> Mapping[str, Any]:
    """Return the JSON object in a file, or an empty one."""
    if path is None:
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        fail(f"{path} is not JSON in UTF-8.", WRONG_USE)
    if not isinstance(found, dict):
        fail(f"{path} does not hold a JSON object.", WRONG_USE)
    return found


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="1 to 200 printable characters.")],
    *,
    plan: Annotated[str, typer.Option(help="free, standard or dedicated.")] = "standard",
    profile: Annotated[Path | None, typer.Option(help="A JSON file with the first prompt profile.")] = None,
    limits: Annotated[Path | None, typer.Option(help="A JSON file with limits that differ from the plan's.")] = None,
    reason: Why = "",
    as_json: AsJson = False,
) -> None:
    """Create a tenant and print the code, good once, that its administrator enrols with."""
    operator = system_user(reason)

    async def work() -> dict[str, object]:
        wish = NewTenant(name, plan, _object(limits), {}, record_of(profile_from(_object(profile))))
        async with _deployment() as resources, witnessed(resources.foundation, operator, "tenant.created") as deed:
            card, enrolment = await provision(resources.foundation, operator, wish)
            deed.about = card.id
        code = {"code": enrolment.code, "expires_at": written(enrolment.expires_at)}
        return {"tenant": _row(card), "enrolment": code}

    made = run(work())
    show(made if as_json else {**_flat(made["tenant"]), **_flat(made["enrolment"])}, as_json=as_json)


def _flat(value: object) -> dict[str, object]:
    return dict(value) if isinstance(value, dict) else {}


app.command("apply")(apply)
app.command("export")(export)


@app.command("list")
def list_all(*, reason: Why = "", as_json: AsJson = False) -> None:
    """List every tenant, oldest first."""
    operator = system_user(reason)

    async def work() -> None:
        async with _deployment() as resources:
            on = resources.foundation
            async with witnessed(on, operator, "tenant.listed"):
                cards, following = await page(on, MOST)
            listing = Listing(as_json=as_json)
            for card in cards:
                listing.add(_row(card))
            if following is not None:
                async for card in roster(on, following):
                    listing.add(_row(card))
            listing.end()

    run(work())


@app.command("show")
def show_one(tenant: Tenant, *, reason: Why = "", as_json: AsJson = False) -> None:
    """Show one tenant."""
    operator = system_user(reason)

    async def work() -> dict[str, object]:
        async with _deployment() as resources, witnessed(resources.foundation, operator, "tenant.read", tenant):
            custody = await resources.mint.custody(operator, tenant, operator.reason or NOT_STATED)
            card = await custody.look("tenant.read")
            serves, seen_at = await attendance(resources, card)
            worker = {"served_by": serves, "seen_at": None if seen_at is None else written(seen_at)}
            return {
                **_row(card),
                **await embedder_of(resources.foundation, tenant),
                "rotation": shown(await find_rotation(resources.foundation, tenant)),
                "worker": worker,
            }

    show(run(work()), as_json=as_json)


@app.command()
def suspend(tenant: Tenant, *, reason: Reason, as_json: AsJson = False) -> None:
    """Refuse a tenant's credentials from the next request on."""
    operator = system_user(reason)

    async def work() -> dict[str, object]:
        async with _deployment() as resources, witnessed(resources.foundation, operator, "tenant.suspended", tenant):
            custody = await resources.mint.custody(operator, tenant, reason)
            return _row(await custody.suspend())

    show(run(work()), as_json=as_json)


@app.command()
def resume(tenant: Tenant, *, reason: Reason = "resumed", as_json: AsJson = False) -> None:
    """Accept a suspended tenant's credentials again."""
    operator = system_user(reason)

    async def work() -> dict[str, object]:
        async with _deployment() as resources, witnessed(resources.foundation, operator, "tenant.resumed", tenant):
            custody = await resources.mint.custody(operator, tenant, reason)
            return _row(await custody.resume())

    show(run(work()), as_json=as_json)


@app.command("rotate-key")
def rotate_key(
    tenant: Tenant,
    *,
    reason: Reason,
    wait: Annotated[bool, typer.Option("--wait", help="Follow the running service until it has done it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Replace a tenant's keys while it works: by the running service, else at its next start."""
    operator = system_user(reason)

    async def work() -> Mapping[str, object] | None:
        async with _deployment() as resources:
            async with witnessed(resources.foundation, operator, "key.rotated", tenant):
                custody = await resources.mint.custody(operator, tenant, reason)
                await custody.rotate()
            if wait:
                await follow(resources.foundation, tenant)
            return shown(await find_rotation(resources.foundation, tenant))

    rotation = run(work())
    show({"tenant_id": tenant} | dict(rotation or {}), as_json=as_json)


@app.command("re-embed")
def re_embed(
    tenant: Tenant,
    *,
    reason: Reason,
    to: Annotated[str, typer.Option(metavar="NAME", help="The embedder; default: that of new tenants.")] = "",
    wait: Annotated[bool, typer.Option("--wait", help="Follow the running service until it has done it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Embed a tenant's documents anew while it works: by the running service, else at its next start."""
    operator = system_user(reason)

    async def work() -> Mapping[str, object]:
        async with _deployment() as resources:
            on = resources.foundation
            async with witnessed(on, operator, "embedder.change_requested", tenant):
                custody = await resources.mint.custody(operator, tenant, reason)
                await custody.change_embedder(to or default_embedder(on))
            if wait:
                await follow_embedder(on, tenant)
            return await embedder_of(on, tenant)

    show({"tenant_id": tenant} | dict(run(work())), as_json=as_json)


@app.command()
def erase(tenant: Tenant, *, reason: Reason, as_json: AsJson = False) -> None:
    """Refuse a tenant for ever and have it destroyed: by the running service at once, else at its next start."""
    operator = system_user(reason)

    async def work() -> dict[str, object]:
        async with _deployment() as resources, witnessed(resources.foundation, operator, "tenant.erased", tenant):
            erasure = await request_erasure(resources.mint, resources.foundation, operator, tenant, reason)
            receipt = await read_erasure(resources.foundation, erasure)
        return {"id": receipt.id, "tenant_id": receipt.tenant_id, "state": receipt.state}

    show(run(work()), as_json=as_json)
