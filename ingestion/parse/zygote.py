"""The preloaded parent of all parser processes: it imports everything once, then only forks.

Started by `ParserPool` as `python -m ingestion.parse.zygote DESCRIPTOR [ENCODER [FOLDER]]`, with an environment of its
own. It never sees a byte of a document: those go from the pool straight to the process it forked.
"""

import gc
import os
import signal
import socket
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

# Imported here and nowhere in the API or the worker: several seconds and hundreds of megabytes.
from ingestion.parse import document, warden, wire


def main() -> None:
    """Preload, say so, and fork one process per order until the pool closes its end."""
    control = socket.socket(fileno=int(sys.argv[1]))
    os.set_inheritable(control.fileno(), False)  # noqa: FBT003 - positional only
    encoder, folder = (*sys.argv[2:], None, None)[:2]
    measures = document.preload(encoder, None if folder is None else Path(folder))
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies; a warden reports by its own channel
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the pool's to handle
    control.sendall(wire.READY)
    with suppress(ConnectionError):
        while (received := wire.receive_order(control)) is not None:
            order, document_end, status_end = received
            if os.fork() == 0:
                control.close()
                warden.watch(order, document_end, status_end, partial(document.serve, measures))
            os.close(document_end)
            os.close(status_end)


if __name__ == "__main__":
    main()
