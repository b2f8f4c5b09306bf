"""What two replies may differ in, and what not."""

from dataclasses import replace

import pytest

from evals.target.masks import observe
from evals.target.operation import Request
from evals.target.reply import Reply
from evals.target.spec import Masks

_DECLARED = Masks(frozenset({"x-request-id"}), ("$.request_id", "$.items[*].at"), (r"req_[a-z0-9]+",))


def _reply(body: bytes, *headers: tuple[str, str], status: int = 404) -> Reply:
    own = ("content-length", str(len(body)))
    return Reply(Request("api", "GET", "/"), "GET /", "alpha", status, (*headers, own), body, 0.0, "curl")


def test_the_ids_that_were_asked_for_are_masked_in_body_and_headers() -> None:
    one = observe(_reply(b'{"at":"/d/doc_1"}', ("location", "/d/doc_1")), Masks(), ["doc_1"])
    other = observe(_reply(b'{"at":"/d/doc_999"}', ("location", "/d/doc_999")), Masks(), ["doc_999"])
    assert one == other


def test_an_id_that_was_not_asked_for_counts() -> None:
    one, other = (observe(_reply(b'{"at":"%b"}' % name), Masks(), ["doc_1"]) for name in (b"doc_1", b"doc_2"))
    assert one.difference(other) == "The bodies differ from character 7 on."


@pytest.mark.parametrize(
    ("one", "other"),
    [(b'{"request_id": "a", "x": 1}', b'{"request_id": "b", "x": 1}'), (b"req_ab12 x", b"req_zz99 x")],
)
def test_what_is_declared_is_masked(one: bytes, other: bytes) -> None:
    assert observe(_reply(one), _DECLARED) == observe(_reply(other), _DECLARED)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b'{"request_id": "a", "x": 1}', b'{"request_id": "b", "x": 2}'),
        (b'{"score": 0.10}', b'{"score": 0.1}'),
        (b'{"request_id": 1, "score": 0.10}', b'{"request_id": 1, "score": 0.1}'),
        (b'{"a": 1}', b'{ "a": 1}'),
        (b"\xff", b"\xfe?"),
    ],
)
def test_everything_else_counts_to_the_last_digit(one: bytes, other: bytes) -> None:
    assert observe(_reply(one), _DECLARED) != observe(_reply(other), _DECLARED)


def test_status_header_values_and_header_order_count() -> None:
    plain = _reply(b"x", ("a", "1"), ("b", "2"))
    seen = observe(plain, Masks())
    for changed in (
        replace(plain, status=403),
        replace(plain, headers=(("a", "1"), ("b", "3"), ("content-length", "1"))),
        replace(plain, headers=(("b", "2"), ("a", "1"), ("content-length", "1"))),
        replace(plain, headers=(("a", "1"), ("b", "2"), ("content-length", "7"))),
    ):
        assert seen.difference(observe(changed, Masks())) != ""


def test_the_date_and_a_declared_header_do_not_count() -> None:
    one = observe(_reply(b"x", ("date", "Mon"), ("x-request-id", "1")), _DECLARED)
    other = observe(_reply(b"x", ("date", "Tue"), ("x-request-id", "2")), _DECLARED)
    assert one == other
    assert one.difference(other) == ""
