"""`bulkhead tenant export`: a tenant's export into a file, sealed to the recipient that the tenant gave itself."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, aclosing, contextmanager
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from app.cli.outcome import AsJson, deployment, run, show
from app.cli.witnessed import system_user, witnessed
from app.resources import open_deployment


def export(
    tenant: Annotated[str, typer.Argument(metavar="TENANT", help="The tenant's id.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; it is written into the tenant's audit.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="A new file; it is taken away again if this fails.")],
    as_json: AsJson = False,
) -> None:
    """Write everything a tenant has into a file that only the holder of its recipient's key can read."""
    operator = system_user(reason)

    async def work() -> int:
        async with open_deployment(deployment()) as resources, AsyncExitStack() as stack:
            async with witnessed(resources.foundation, operator, "export.begun", tenant):
                custody = await resources.mint.custody(operator, tenant, reason)
                parts = await stack.enter_async_context(aclosing(await custody.export()))
                first = await anext(parts)  # what stands against an export is known before there is a file
            return await _written(out, first, parts)

    show({"tenant_id": tenant, "file": str(out), "bytes": run(work())}, as_json=as_json)


async def _written(path: Path, first: bytes, parts: AsyncIterator[bytes]) -> int:
    """Write into a new file of mode 0600 that is there in whole or not at all; return its size."""
    with _new(path) as file:
        size = file.write(first)
        async for part in parts:
            size += file.write(part)
    return size


@contextmanager
def _new(path: Path) -> Iterator[BinaryIO]:
    """Open a file that was not there, and take it away again if the block does not end well."""
    whole = False
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            whole = True
        finally:
            if not whole:
                path.unlink()
