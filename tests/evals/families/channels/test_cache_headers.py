"""What caches may keep, and what answers tell about caches."""

import pytest

from evals.families.channels.caching.cache_headers import kept_by_shared, told_hits
from evals.target.operation import Request
from evals.target.reply import Reply

_REQUEST = Request(base="api", method="GET", path="/documents")


def _reply(*headers: tuple[str, str], body: bytes = b"{}") -> Reply:
    return Reply(_REQUEST, "GET /documents", "alpha", 200, headers, body, 0.1, "curl")


@pytest.mark.parametrize(
    ("control", "credential"),
    [
        ("public", "Authorization"),
        ("public, max-age=600", "X-API-Key"),
        ("s-maxage=60", "Authorization"),
        ("max-age=60, must-revalidate", "Authorization"),
        ("max-age=60", "X-API-Key"),
        ("Max-Age=60", "Cookie"),
    ],
)
def test_an_answer_that_a_shared_cache_may_give_to_the_next_is_told(control: str, credential: str) -> None:
    assert kept_by_shared(_reply(("cache-control", control)), [credential])


@pytest.mark.parametrize(
    "headers",
    [
        (("cache-control", "no-store"),),
        (("cache-control", "private, max-age=60"),),
        (("cache-control", "max-age=0"),),
        (("cache-control", "max-age=60"),),
        (("cache-control", "public"), ("cache-control", "no-store")),
        (("cache-control", "public, max-age=60"), ("vary", "Accept, authorization")),
        (("cache-control", "public"), ("vary", "*")),
        (),
    ],
)
def test_an_answer_that_only_its_caller_gets_again_is_not(headers: tuple[tuple[str, str], ...]) -> None:
    assert kept_by_shared(_reply(*headers), ["Authorization"]) == ""


def test_a_lifetime_without_a_cache_control_counts_where_credentials_are_in_a_header_that_caches_do_not_know() -> None:
    expires = _reply(("expires", "Wed, 21 Oct 2037 07:28:00 GMT"))
    assert kept_by_shared(expires, ["X-API-Key"])
    assert not kept_by_shared(expires, ["Authorization"])


def test_a_hit_is_told_by_a_header_or_a_field_whose_name_says_cache() -> None:
    assert told_hits(_reply(("x-cache", "HIT from edge"))) == {"header x-cache"}
    assert told_hits(_reply(("age", "3"))) == {"header age"}
    assert told_hits(_reply(body=b'{"meta": [{"from_cache": true}], "cached": 1}')) == {
        "$.meta[*].from_cache",
        "$.cached",
    }
    assert not told_hits(_reply(("x-cache", "MISS"), ("age", "0"), ("cache-control", "max-age=60")))
    assert not told_hits(_reply(body=b'{"cached": false, "text": "the cache is full", "page": 2}'))
