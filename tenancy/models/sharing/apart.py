"""Runs encoders in a process of its own, behind all others: the texts of long documents go there.

What holds the interpreter there holds up no question, and the system gives its processor time to whoever else wants it.
The process has no key, no store and no network use; it ends with this one, whose pipe it reads.
"""

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Final, final

import numpy as np

from tenancy.errors import Unavailable
from tenancy.models.embedder import PassageVectors
from tenancy.models.encoders.traits import Traits
from tenancy.values.embedded_text import EmbeddedText
from tenancy.values.part_vectors import PartVectors

LENGTH_BYTES: Final = 4


def framed(body: bytes) -> bytes:
    """Return what goes through the pipe behind its length."""
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


async def _parts(stream: asyncio.StreamReader) -> PartVectors | None:
    raw = await stream.readexactly(int.from_bytes(await stream.readexactly(LENGTH_BYTES), "big"))
    return PartVectors.unpacked(raw) if raw else None


@final
class ModelApart:
    """The encoders' other process: started with the first texts, one batch at a time."""

    def __init__(self, folder: Path | None = None) -> None:
        """Start nothing yet; `folder` holds an encoder of the operator's, where there is one."""
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None
        self._one = asyncio.Lock()
        self._asked: set[asyncio.Task[PassageVectors]] = set()

    async def embed(self, encoder: Traits, texts: Sequence[EmbeddedText]) -> PassageVectors:
        """Return the vectors of `texts` in their order. Raises Unavailable."""
        asked = asyncio.create_task(self._ask(encoder, texts))
        self._asked.add(asked)
        asked.add_done_callback(self._asked.discard)
        # Whoever stops waiting leaves the answer in the pipe to nobody: it is read to its end all the same.
        return await asyncio.shield(asked)

    async def _ask(self, encoder: Traits, texts: Sequence[EmbeddedText]) -> PassageVectors:
        body = json.dumps([encoder.name, *map(astuple, texts)]).encode()
        async with self._one:
            process = await self._running()
            if process.stdin is None or process.stdout is None:
                raise Unavailable("models", "The embedding process has no pipes.")
            try:
                process.stdin.write(framed(body))
                await process.stdin.drain()
                raw = await process.stdout.readexactly(4 * encoder.dimension * len(texts))
                parts = [await _parts(process.stdout) for _ in texts]
            except (OSError, asyncio.IncompleteReadError):
                raise Unavailable("models", "The embedding process ended. It is started again.") from None
        return PassageVectors(np.frombuffer(raw, np.float32).reshape(len(texts), encoder.dimension), tuple(parts))

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                "-m",
                "tenancy.models.sharing.apart_process",
                *(() if self._folder is None else (str(self._folder.resolve()),)),
                env={"LC_ALL": "C.UTF-8", "TOKENIZERS_PARALLELISM": "false"},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                start_new_session=True,
            )
        return self._process

    async def close(self) -> None:
        """End the process; what waits is not answered."""
        for asked in self._asked:
            asked.cancel()
        await asyncio.gather(*self._asked, return_exceptions=True)
        self.kill()
        if self._process is not None:
            await self._process.wait()

    def kill(self) -> None:
        """End the process now; it is started again with the next texts."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
