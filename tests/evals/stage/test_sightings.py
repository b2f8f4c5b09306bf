"""An answer of JSON lines is looked at line by line, and each line once; whatever else is one text."""

from base64 import b64encode

from evals.canaries.forms import Form
from evals.stage.sightings import Lookout
from evals.target.operation import Request
from evals.target.reply import Reply
from tests.evals.canaries.writing import a_canary

_SECRET, _LATER = a_canary(Form.TOKEN), a_canary(Form.NUMBER)
_HEAD = (("content-type", "application/jsonl; charset=utf-8"), ("x-request-id", "req_1"))


def _reply(body: bytes, headers: tuple[tuple[str, str], ...] = _HEAD) -> Reply:
    return Reply(Request("tenant", "GET", "/log"), "GET /log", "alpha", 200, headers, body, 0.0, "")


def test_json_lines_come_apart_and_nothing_else_does() -> None:
    lines = b'{"a": 1}\n{"b": 2}\n'
    whole = _reply(lines)
    assert whole.parts == (whole.raw[: -len(lines)], b'{"a": 1}', b'{"b": 2}')
    for other in (
        _reply(b'{"a": "first\nsecond"}'),
        _reply(b""),
        _reply(lines, (("content-type", "application/json"),)),
    ):
        assert other.parts == (other.raw,)


def test_a_secret_is_seen_in_a_line_each_time_and_in_the_head() -> None:
    lookout = Lookout()
    lookout.know([_SECRET], "beta")
    body = b'{"a": 1}\n{"b": "' + _SECRET.value.encode() + b'"}\n'
    for _ in range(2):
        assert [match.canary for match in lookout.look(_reply(body).parts, "alpha").foreign] == [_SECRET]
    told = _reply(b'{"a": 1}\n', (*_HEAD, ("etag", _SECRET.value)))
    assert lookout.look(told.parts, "alpha").leaks


def test_a_line_is_looked_at_again_once_another_secret_is_known() -> None:
    lookout = Lookout()
    lookout.know([_SECRET], "beta")
    answer = _reply(b'{"a": "' + _LATER.value.encode() + b'"}\n')
    assert not lookout.look(answer.parts, "alpha").leaks
    lookout.know([_LATER], "beta")
    assert lookout.look(answer.parts, "alpha").leaks


def test_a_secret_that_runs_across_lines_is_seen_where_they_are_no_records() -> None:
    lookout = Lookout()
    lookout.know([_SECRET], "beta")
    encoded = b64encode(f"the secret is {_SECRET.value}".encode())
    wrapped = _reply(b"\n".join(encoded[at : at + 20] for at in range(0, len(encoded), 20)))
    assert lookout.look(wrapped.parts, "alpha").leaks
