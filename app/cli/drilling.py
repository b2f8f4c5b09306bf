"""`bulkhead drill`: make the alarm of the tripwires ring, sentinel to sentinel, and see that it did."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Final

import httpx
import typer

from app.cli.outcome import FAILED, AsJson, fail, run, show
from app.resources import open_deployment
from app.sentinels.calling import ProbeFailed
from app.sentinels.drilling import Step, drill
from app.sentinels.watchman import client_of
from app.settings import ServiceSettings, Settings
from tenancy.tripwires.sentinels import read_sentinels

app: Final = typer.Typer(add_completion=False)
_NONE: Final = (
    "This deployment has no sentinels yet. A service makes them within some minutes of its start, unless "
    "BULKHEAD_SENTINEL_INTERVAL_SECONDS is 0."
)


@app.command("drill")
def drill_command(
    *,
    url: Annotated[str | None, typer.Option(help="The service's first address. Default: BULKHEAD_URL.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a sentinel's own token foreign to it for a moment; exit 0 if it was blocked and the alarm rang."""
    told: list[Step] = []

    def tell(step: Step) -> None:
        told.append(step)
        if not as_json:
            typer.echo(f"{'held  ' if step.held else 'FAILED'}  {step.says}")

    sentence = run(_drill(url, tell))
    if as_json:
        show([asdict(step) for step in told], as_json=True)
    if sentence:
        fail(sentence)
    if not all(step.held for step in told):
        raise typer.Exit(FAILED)


async def _drill(url: str | None, tell: Callable[[Step], None]) -> str:
    """Drill the service at `url`; return what kept it from being done, or nothing."""
    async with open_deployment(Settings()) as resources:
        sentinels = await read_sentinels(resources.foundation)
        if sentinels is None:
            return _NONE
        address = url or ServiceSettings().url
        try:
            async with client_of(address) as http:
                await drill(resources.foundation, sentinels, http, tell)
        except ProbeFailed as error:
            return f"The drill stopped. {error}"
        except httpx.HTTPError as error:
            return f"No answer from {address}: {type(error).__name__}. Is the service running?"
    return ""
