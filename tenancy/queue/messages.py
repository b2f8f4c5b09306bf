"""What stands in Redis: the reference of a lane to look at, as JSON, and nothing else.

Rules this module enforces:

* A message is JSON of one form: it names the one function there is and one well-formed lane. Everything else, pickles
  included, does not read.
* A message carries no tenant, no document and no authority: whoever writes one makes a worker look at a lane, which any
  worker does anyway.
* Results are not kept, so nothing of them is written.
"""

import json
from typing import Any, Final

from tenancy.ids import LaneRef, well_formed

FUNCTION: Final = "drain"
_FIELDS: Final = frozenset({"t", "f", "a", "k", "et"})  # as arq names them: try, function, arguments, keywords, time
_LONGEST: Final = 300  # bytes


def written(message: dict[str, Any]) -> bytes:
    """Return a message, or what stands for a result, as bytes."""
    if set(message) != _FIELDS:
        return b"{}"
    return json.dumps(message, separators=(",", ":")).encode()


def read(raw: bytes) -> dict[str, Any]:
    """Return the message that `raw` is; ValueError for anything else."""
    if len(raw) > _LONGEST:
        raise ValueError("too long for a message")
    message = json.loads(raw)
    if not isinstance(message, dict) or set(message) != _FIELDS or message["f"] != FUNCTION or message["k"] != {}:
        raise ValueError("not a message")
    if not isinstance(message["a"], list) or len(message["a"]) != 1 or not is_lane(message["a"][0]):
        raise ValueError("a message names one lane")
    if message["t"] is not None or not isinstance(message["et"], int):
        raise ValueError("not a message")
    return message


def is_lane(value: object) -> bool:
    """Tell whether a value has the form of a lane's reference."""
    return isinstance(value, str) and well_formed(value, "lan")


def lane_of(job: bytes) -> LaneRef | None:
    """Return the lane that a queued job's id is; None for an id that is not one."""
    text = job.decode("ascii", errors="replace")
    return LaneRef(text) if is_lane(text) else None
