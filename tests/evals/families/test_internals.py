"""What belongs inside a service is told from what answers are full of."""

import base64
import hashlib
import json
import struct
from random import Random
from typing import Final

import pytest

from evals.families.content.internals import Kind, internals
from evals.families.content.raw_internals import SPECIMENS

_RNG: Final = Random(1)  # noqa: S311 - bytes for a test
_SEALED: Final = base64.b64encode(_RNG.randbytes(96)).decode()
_FLOATS: Final = base64.b64encode(struct.pack("<64f", *(_RNG.gauss(0, 1) for _ in range(64)))).decode()


def _kinds(body: object, allowed: frozenset[str] = frozenset()) -> set[Kind]:
    return {one.kind for one in internals(json.dumps(body), body, allowed)}


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_has_a_specimen_that_is_seen_and_taken_for_nothing_else(kind: Kind) -> None:
    assert _kinds({"items": [{"value": SPECIMENS[kind]}]}) == {kind}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"hits": [{"vector": [1, 0, 0, 1]}]}, Kind.VECTOR),
        ({"hits": [{"embedding": _FLOATS}]}, Kind.VECTOR),
        ({"detail": f"could not open {_SEALED}"}, Kind.BLOB),
        ({"detail": "  at com.acme.Search.run(Search.java:41)"}, Kind.TRACE),
        ({"detail": "(sqlalchemy.exc.ProgrammingError) see https://sqlalche.me/e/20/f405"}, Kind.QUERY),
        ({"detail": 'relation "chunks" does not exist'}, Kind.QUERY),
        ({"detail": "could not reach qdrant:6333"}, Kind.ADDRESS),
        ({"hits": [{"namespace": "globex"}]}, Kind.NAME),
        ({"answer": "Answer from the context only. The code is 7."}, Kind.PROMPT),
    ],
)
def test_what_services_really_showed_is_seen(body: object, kind: Kind) -> None:
    assert kind in _kinds(body)


@pytest.mark.parametrize(
    "body",
    [
        {"hits": [{"score": 0.1 * one, "text": "A page of ten hits."} for one in range(10)]},
        {"usage": {"embedding_tokens": 12}, "sizes": list(range(100))},
        {"sha256": hashlib.sha256(b"x").hexdigest(), "id": "0b0e4f3c-91c5-4a48-9c5c-08f6f0b9a0d7"},
        {"access_token": f"eyJhbGciOiJFZERTQSJ9.{_SEALED}.{_SEALED}", "next_cursor": _SEALED},
        {"keys": [{"kty": "OKP", "x": _SEALED, "kid": "k1"}]},
        {"text": "We select the best from all. The home office, /v1/documents, and a model assistant are ours."},
        {
            "text": base64.b64encode(
                b"It is only a text, but a long one, that somebody wrote down in base64 " * 2
            ).decode()
        },
        {"text": "https://example.test/tmp/a and /documents/a/download"},
    ],
)
def test_what_answers_are_full_of_is_left_alone(body: object) -> None:
    assert _kinds(body) == set()


def test_what_the_caller_is_to_know_is_left_alone() -> None:
    assert _kinds({"detail": _SEALED}) == {Kind.BLOB}
    assert _kinds({"detail": _SEALED}, frozenset({_SEALED})) == set()


def test_text_that_is_no_json_is_read_too_and_the_place_is_told() -> None:
    (seen,) = internals("<pre>Traceback (most recent call last):</pre>", None)
    assert seen.kind is Kind.TRACE
    body = {"hits": [{"score": 1.0}, {"vector": [0.25, 0.5]}]}
    assert [one.path for one in internals(json.dumps(body), body)] == ["$.hits[1].vector"]


def test_lines_of_json_are_read_by_the_names_of_their_fields() -> None:
    lines = [{"kind": "entry"}, {"kind": "end", "jws": f"e30.e30.{_SEALED}"}, {"body": _SEALED}]
    (seen,) = internals("".join(f"{json.dumps(line)}\n" for line in lines), None)
    assert (seen.kind, seen.path) == (Kind.BLOB, "$[2].body")
    assert [one.kind for one in internals(f"{json.dumps(lines[1])}\nno line of JSON", None)] == [Kind.BLOB]
