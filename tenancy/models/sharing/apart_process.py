"""The embedder's other process: batches of texts come in, vectors go out, until its input ends.

Started by `ModelApart` as `python -m tenancy.models.sharing.apart_process`.
"""

import ctypes
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from tenancy.models.encoders.minilm import MiniLM
from tenancy.models.sharing.apart import LENGTH_BYTES

_NICENESS: Final = 15
_GROUP: Final = "10"  # of the session's group, where Linux groups processes so and niceness counts inside one only
_DUMPABLE: Final = 4  # <linux/prctl.h>


def serve(model: MiniLM, incoming: BinaryIO, outgoing: BinaryIO) -> None:
    """Embed every batch of `incoming`: its length, and a JSON array of texts."""
    while len(head := incoming.read(LENGTH_BYTES)) == LENGTH_BYTES:
        texts = json.loads(incoming.read(int.from_bytes(head, "big")))
        outgoing.write(model.embed(texts).tobytes())
        outgoing.flush()


def _step_back() -> None:
    """Let every other process go first, and no other look into this one's memory."""
    os.nice(_NICENESS)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DUMPABLE, 0, 0, 0, 0)
        with suppress(OSError):
            Path("/proc/self/autogroup").write_text(_GROUP, encoding="ascii")


if __name__ == "__main__":
    _step_back()
    serve(MiniLM.load(), sys.stdin.buffer, sys.stdout.buffer)
