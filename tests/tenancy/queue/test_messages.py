"""The one form of message there is."""

import json
import pickle
from typing import Any

import pytest

from tenancy.ids import new_id
from tenancy.queue.messages import is_lane, lane_of, read, written

_LANE = new_id("lan")
_GOOD: dict[str, Any] = {"t": None, "f": "drain", "a": [_LANE], "k": {}, "et": 1}


def test_a_message_reads_as_it_was_written() -> None:
    assert read(written({**_GOOD, "a": (_LANE,)})) == _GOOD


def test_a_message_holds_a_lane_and_nothing_else_of_ours() -> None:
    assert json.loads(written(_GOOD)) == _GOOD


def test_nothing_of_a_result_is_written() -> None:
    assert written({**_GOOD, "s": True, "r": "the plans of the convoy", "st": 1, "ft": 2, "q": "q", "id": "x"}) == b"{}"


class _Trap:
    sprung = False

    def __reduce__(self) -> tuple[object, tuple[str, object]]:
        return exec, ("import tests.tenancy.queue.test_messages as t; t._Trap.sprung = True", {})


@pytest.mark.parametrize(
    "raw",
    [
        pickle.dumps(_GOOD),
        pickle.dumps(_Trap()),
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        json.dumps({**_GOOD, "f": "other"}).encode(),
        json.dumps({**_GOOD, "k": {"tenant": "ten_x"}}).encode(),
        json.dumps({**_GOOD, "a": []}).encode(),
        json.dumps({**_GOOD, "a": [_LANE, _LANE]}).encode(),
        json.dumps({**_GOOD, "a": [[_LANE]]}).encode(),
        json.dumps({**_GOOD, "a": ["ten_" + _LANE[4:]]}).encode(),
        json.dumps({**_GOOD, "a": _LANE}).encode(),
        json.dumps({**_GOOD, "t": 3}).encode(),
        json.dumps({**_GOOD, "et": "now"}).encode(),
        json.dumps({**_GOOD, "more": 1}).encode(),
        json.dumps({**_GOOD, "et": 10**400}).encode(),
    ],
    ids=range(18),
)
def test_L20_everything_else_does_not_read(raw: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json and unicode errors are ValueErrors with words of their own
        read(raw)
    assert not _Trap.sprung


@pytest.mark.parametrize(
    "job", [b"", b"lan_", b"\xff\xff", _LANE.upper().encode(), b"ten_" + _LANE[4:].encode()], ids=range(5)
)
def test_a_job_id_that_is_not_a_lane_names_none(job: bytes) -> None:
    assert lane_of(job) is None
    assert lane_of(_LANE.encode()) == _LANE
    assert not is_lane(None)
