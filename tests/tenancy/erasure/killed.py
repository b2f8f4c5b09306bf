"""Erase a tenant in a process of its own that dies the moment a step is to begin, the way a power cut ends one.

`python -m tests.tenancy.erasure.killed FOLDER TENANT STEP` begins an erasure in the deployment below FOLDER and kills
itself before step number STEP; with a STEP that never comes it finishes, and prints the steps that there were.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from tenancy.erasure import request_erasure, run_erasure
from tenancy.foundation import Foundation
from tenancy.mint import Mint
from tests.tenancy.building import OPERATOR, house

PARTS: Final = (
    "store", "provider", "keyring", "ledger", "anchors", "deletions", "operator_tokens", "blobs", "pool", "chats",
    "lanes", "tripwires", "notices",
)  # fmt: skip
READS: Final = frozenset({"ledger.latest", "ledger.refresh", "keyring.open", "provider.exists", "blobs.list"})
"""What changes nothing, so that dying before it is dying before whatever follows; any other call is a step."""


class Steps:
    """The steps of a run, in order; the process ends before the one that is `last`."""

    def __init__(self, last: int) -> None:
        self.taken: list[str] = []
        self._last = last

    def take(self, step: str) -> None:
        if len(self.taken) == self._last:
            os.kill(os.getpid(), signal.SIGKILL)
        self.taken.append(step)


class _Watched:
    """One part of a foundation, each call of which may be a step."""

    def __init__(self, name: str, inner: object, steps: Steps) -> None:
        self._name, self._inner, self._steps = name, inner, steps

    def __getattr__(self, name: str) -> object:
        found = getattr(self._inner, name)
        return self._call(f"{self._name}.{name}", found) if callable(found) else found

    def _call(self, named: str, call: Callable[..., object]) -> Callable[..., object]:
        def watched(*args: object, **kwargs: object) -> object:
            if named not in READS and kwargs.get("writes") is not False:
                self._steps.take(named)
            return call(*args, **kwargs)

        return watched


def watched(foundation: Foundation, steps: Steps) -> Foundation:
    """Return the foundation with every part of it watched."""
    parts: dict[str, Any] = {name: _Watched(name, getattr(foundation, name), steps) for name in PARTS}
    return replace(foundation, **parts)


async def _main(folder: Path, tenant: str, last: int) -> None:
    async with house(folder) as home:
        steps = Steps(last)
        on = watched(home.foundation, steps)
        await run_erasure(on, await request_erasure(Mint(on), on, OPERATOR, tenant, "the contract has ended"))
        steps.take("the end")
    sys.stdout.write("\n".join(steps.taken) + "\n")


if __name__ == "__main__":
    asyncio.run(_main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
