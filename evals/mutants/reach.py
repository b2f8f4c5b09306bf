"""What broken copies of the service have within reach of all their code: every compartment that was opened.

Only mutants import this (`shared.yaml` in the catalogue has the change that fills it), and none of the code as it is.
"""

import asyncio
from typing import Any, Final

EVERY: Final[dict[str, Any]] = {}
"""The newest compartment of each tenant that was opened, by the tenant's id."""


async def holder(compartment: Any, asked: str, table: str = "documents") -> Any:  # noqa: ANN401 - the service's own type
    """Return whichever opened compartment has an id in a table, `compartment` first and also where none has it."""

    async def known(one: Any) -> None:  # noqa: ANN401 - likewise
        async with one.snapshot() as records:
            await getattr(records, table).get(asked)

    for one in (compartment, *EVERY.values()):
        [error] = await asyncio.gather(known(one), return_exceptions=True)
        if error is None:
            return one
    return compartment
