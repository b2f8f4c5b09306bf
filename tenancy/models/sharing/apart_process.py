"""The encoders' other process: batches of texts come in, vectors go out, until its input ends.

Started by `ModelApart` as `python -m tenancy.models.sharing.apart_process [FOLDER]`.
"""

import ctypes
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from tenancy.models.encoders.encoder import NICENESS, Encoder
from tenancy.models.encoders.installed import sources
from tenancy.models.sharing.apart import LENGTH_BYTES, framed
from tenancy.values.embedded_text import EmbeddedText

_NICENESS: Final = 15
_GROUP: Final = "10"  # of the session's group, where Linux groups processes so and niceness counts inside one only
_DUMPABLE: Final = 4  # <linux/prctl.h>


def serve(folder: Path | None, incoming: BinaryIO, outgoing: BinaryIO) -> None:
    """Embed every batch of `incoming`: its length, and a JSON array of an encoder's name and texts with their units.

    Out come the vectors, one after another, then those of each text's parts behind the length of that, 0 for none.
    """
    known = {source.traits.name: source for source in sources(folder)}
    loaded = dict[str, Encoder]()
    while len(head := incoming.read(LENGTH_BYTES)) == LENGTH_BYTES:
        name, *texts = json.loads(incoming.read(int.from_bytes(head, "big")))
        if name not in loaded:
            loaded[name] = known[name].load(NICENESS)
        made = loaded[name].embed([EmbeddedText(text, own, units) for text, own, units in texts])
        outgoing.write(made.vectors.tobytes())
        outgoing.writelines(framed(b"" if parts is None else parts.packed()) for parts in made.parts)
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
    serve(Path(sys.argv[1]) if sys.argv[1:] else None, sys.stdin.buffer, sys.stdout.buffer)
