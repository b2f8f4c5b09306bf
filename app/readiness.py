"""Tell, by name, whether each thing that a process depends on would answer now."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, final

from tenancy.errors import ServiceError

READY: Final = "ok"
_LONGEST_SECONDS: Final = 5.0
Check = Callable[[], Awaitable[None]]


@final
class Readiness:
    """The dependencies of one process; a check returns when its dependency answers, and raises ServiceError if not."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        """Ask `checks`, each by its dependency's name."""
        self._checks = dict(checks)
        self._loading: dict[str, str] = {}

    def loading(self, name: str, sentence: str) -> None:
        """Report a part that is still being started; `sentence` says so."""
        self._loading[name] = sentence

    def loaded(self, name: str) -> None:
        """Report that a part has been started."""
        self._loading[name] = READY

    async def report(self) -> dict[str, str]:
        """Return for each dependency `ok` or a sentence that says what is wrong."""
        names = list(self._checks)
        said = await asyncio.gather(*(_ask(self._checks[name]) for name in names))
        return dict(zip(names, said, strict=True)) | self._loading


async def _ask(check: Check) -> str:
    try:
        async with asyncio.timeout(_LONGEST_SECONDS):
            await check()
    except ServiceError as error:
        return error.detail
    except TimeoutError:
        return "It does not answer in time."
    return READY
