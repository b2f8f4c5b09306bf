"""The orders the pool gives to the preloaded parent: a length, a JSON object, and two descriptors beside it."""

import dataclasses
import json
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ingestion.formats.catalogue import FORMATS
from ingestion.formats.record import Format
from ingestion.parse.outcome import Limits
from ingestion.parse.sandbox.walls import Walls

READY: Final = b"R"
_LENGTH_BYTES: Final = 4
_DESCRIPTORS: Final = 2


@dataclass(frozen=True, slots=True)
class Order:
    """One document to parse, in `folder`, behind `walls`. Nothing of its name but its format goes along."""

    folder: Path
    format: Format
    walls: Walls
    limits: Limits
    niceness: int = 10


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the parser's process ended, from the process that watched it. `signal` is 0 when it ended by itself.

    `much_memory` tells that it had taken most of what it may.
    """

    signal: int
    code: int
    timed_out: bool
    much_memory: bool = False


def send_order(control: socket.socket, order: Order, document: socket.socket, status: socket.socket) -> None:
    """Send `order` with the far ends of its two channels over the blocking `control`. Raises OSError."""
    fields = {
        "folder": str(order.folder),
        "format": order.format.name,
        "walls": dataclasses.asdict(order.walls),
        "limits": dataclasses.asdict(order.limits),
        "niceness": order.niceness,
    }
    body = json.dumps(fields).encode()
    descriptors = [document.fileno(), status.fileno()]
    socket.send_fds(control, [len(body).to_bytes(_LENGTH_BYTES, "big")], descriptors)
    control.sendall(body)


def receive_order(control: socket.socket) -> tuple[Order, int, int] | None:
    """Wait for the next order and its two descriptors; None when the pool has closed its end. Raises OSError."""
    head, descriptors, _flags, _address = socket.recv_fds(control, _LENGTH_BYTES, _DESCRIPTORS)
    if not head or len(descriptors) != _DESCRIPTORS:
        return None
    body = control.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL)
    fields = json.loads(body)
    order = Order(
        Path(fields["folder"]),
        FORMATS.named(fields["format"]),
        Walls(**fields["walls"]),
        Limits(**fields["limits"]),
        fields["niceness"],
    )
    return order, descriptors[0], descriptors[1]


def encode_verdict(verdict: Verdict) -> bytes:
    """Write `verdict` as JSON."""
    return json.dumps(dataclasses.asdict(verdict)).encode()


def decode_verdict(raw: bytes) -> Verdict | None:
    """Read a verdict; None when its sender died before it could send one."""
    return Verdict(**json.loads(raw)) if raw else None
