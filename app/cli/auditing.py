"""`bulkhead audit`: check the audit trails of the deployment that the settings name."""

import getpass
from collections.abc import Mapping
from typing import Annotated, Final

import typer

from app.cli.outcome import FAILED, AsJson, run, show
from app.resources import Resources, open_deployment
from app.settings import Settings
from tenancy.custody import Operator
from tenancy.deployment.roster import find, roster
from tenancy.errors import ServiceError

app: Final = typer.Typer(no_args_is_help=True, add_completion=False, help="Check audit trails.")
_ENDED: Final = frozenset({"erasing", "erased"})


@app.callback()
def _group() -> None:
    """Keep `verify` a command with a name of its own."""


@app.command()
def verify(
    tenant: Annotated[
        str | None, typer.Argument(metavar="[TENANT]", help="A tenant's id; all tenants if left out.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Walk whole trails; exit 1 if an entry was edited, removed, moved or cut off, or cannot be read."""

    async def work() -> list[Mapping[str, object]]:
        async with open_deployment(Settings()) as resources:
            cards = await roster(resources.foundation) if tenant is None else [await find(resources.foundation, tenant)]
            return [await _verified(resources, card.id, card.status) for card in cards]

    found = run(work())
    show(found, as_json=as_json)
    if not all(one["intact"] in {True, None} for one in found):
        raise typer.Exit(FAILED)


async def _verified(resources: Resources, tenant: str, status: str) -> Mapping[str, object]:
    """Return one tenant's verdict; `intact` is null where a tenant has ended, whose trail waits for its own date."""
    if status in _ENDED:
        return {"tenant": tenant, "intact": None, "detail": f"The tenant is {status}: its trail is kept closed."}
    custody = await resources.mint.custody(Operator(getpass.getuser()), tenant, "checking the audit trail")
    try:
        verdict = await custody.verify_audit()
    except ServiceError as error:
        return {"tenant": tenant, "intact": False, "detail": error.detail}
    detail = f"{verdict.lacking} anchored heads are missing." if verdict.lacking else ""
    whole = {"tenant": tenant, "intact": verdict.intact, "entries": verdict.entries, "head": verdict.head}
    return whole | ({"detail": detail} if detail else {})
