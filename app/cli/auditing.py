"""`bulkhead audit`: check the trails of the deployment that the settings name, or a trail that was carried away."""

import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Annotated, Final

import typer

from app.cli.outcome import FAILED, WRONG_USE, AsJson, Listing, fail, failures_are_sentences, run, show
from app.cli.trail_files import verdict_on
from app.cli.witnessed import system_user
from app.resources import Resources, open_deployment
from app.settings import Settings
from tenancy.card import TenantCard
from tenancy.deployment.roster import count, find, roster
from tenancy.errors import ServiceError
from tenancy.stores.audit import Verdict

app: Final = typer.Typer(no_args_is_help=True, add_completion=False, help="Check audit trails.")
_ENDED: Final = frozenset({"erasing", "erased"})
OPERATIONS: Final = {"tenant": None, "trail": "operations"}
"""How the operators' own trail stands among those of tenants."""


@app.callback()
def _group() -> None:
    """Keep `verify` a command with a name of its own."""


@app.command()
def verify(
    what: Annotated[
        str | None,
        typer.Argument(metavar="[TENANT|FILE]", help="A tenant's id, all trails if left out; or a trail's file."),
    ] = None,
    *,
    operations: Annotated[bool, typer.Option("--operations", help="The operators' own trail alone.")] = False,
    keys: Annotated[Path | None, typer.Option(help="The deployment's attestation keys, for a file.")] = None,
    since: Annotated[Path | None, typer.Option(help="An earlier file, which must be this one's beginning.")] = None,
    as_json: AsJson = False,
) -> None:
    """Walk whole trails; exit 1 if an entry was edited, removed, moved or cut off, or cannot be read.

    A file from GET /v1/audit/export is checked by itself, with the keys of GET /.well-known/attestation-keys.json.
    """
    if operations and not (keys is None and since is None and what is None):
        fail("--operations is a trail of its own: it goes with no tenant and no file.", WRONG_USE)
    if keys is None:
        if since is not None or (what is not None and Path(what).is_file()):
            fail("A file is checked with --keys: GET /.well-known/attestation-keys.json gives them.", WRONG_USE)
        _verify_trails(what, tenants=not operations, as_json=as_json)
    elif what is None:
        fail("--keys are for a file: say which.", WRONG_USE)
    else:
        _verify_file(Path(what), keys, since, as_json=as_json)


def _verify_file(path: Path, keys: Path, since: Path | None, *, as_json: bool) -> None:
    with failures_are_sentences():
        found = verdict_on(path, keys, since)
    show(found, as_json=as_json)
    if not found["intact"]:
        raise typer.Exit(FAILED)


def _verify_trails(tenant: str | None, *, tenants: bool, as_json: bool) -> None:
    """Print each trail's verdict when it has been walked."""

    async def work() -> bool:
        async with open_deployment(Settings()) as resources:
            on, listing, intact = resources.foundation, Listing(as_json=as_json), True
            if tenant is not None:
                found = await _verified(resources, await find(on, tenant))
                listing.add(found)
                listing.end()
                return found["intact"] in {True, None}
            with _progress(await count(on) + 1 if tenants else 1) as told:
                async for found in _verdicts(resources, tenants=tenants):
                    intact = intact and found["intact"] in {True, None}
                    told(partial(listing.add, found))
            listing.end()
            return intact

    if not run(work()):
        raise typer.Exit(FAILED)


async def _verdicts(resources: Resources, *, tenants: bool) -> AsyncIterator[Mapping[str, object]]:
    """Yield the verdict on each trail: every tenant's, one after the other, if asked for, and the operators' own."""
    if tenants:
        async for card in roster(resources.foundation):
            yield await _verified(resources, card)
    yield _told(OPERATIONS, await resources.foundation.operations.verify())


@contextmanager
def _progress(trails: int) -> Iterator[Callable[[Callable[[], None]], None]]:
    """Show on a terminal how many of the trails were walked; each is printed by what is called for it."""
    if not sys.stderr.isatty():
        yield lambda printed: printed()
        return
    with typer.progressbar(length=trails, label="Trails", file=sys.stderr) as bar:

        def step(printed: Callable[[], None]) -> None:
            typer.echo("\r\x1b[K", err=True, nl=False)
            printed()
            bar.update(1)
            bar.render_progress()

        yield step


async def _verified(resources: Resources, card: TenantCard) -> Mapping[str, object]:
    """Return one tenant's verdict; `intact` is null where a tenant has ended, whose trail waits for its own date."""
    if card.status in _ENDED:
        detail = f"The tenant is {card.status}: its trail is kept closed."
        return {"tenant": card.id, "intact": None, "detail": detail}
    custody = await resources.mint.custody(system_user(), card.id, "checking the audit trail")
    try:
        verdict = await custody.verify_audit()
    except ServiceError as error:
        return {"tenant": card.id, "intact": False, "detail": error.detail}
    return _told({"tenant": card.id}, verdict)


def _told(whose: Mapping[str, object], verdict: Verdict) -> Mapping[str, object]:
    detail = f"{verdict.lacking} anchored heads are missing." if verdict.lacking else ""
    whole = {**whose, "intact": verdict.intact, "entries": verdict.entries, "head": verdict.head}
    return whole | ({"detail": detail} if detail else {})
