"""Replies taken apart, and compared where they agree among themselves."""

import json

from evals.families.leaves import leaves, unlike
from evals.target.operation import Request
from evals.target.reply import Reply


def _reply(body: object, *, status: int = 200, **headers: str) -> Reply:
    raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Reply(Request("api", "GET", "/x"), "GET /x", "alpha", status, named, raw, 0.0, "curl")


def test_json_comes_apart_by_path_with_lengths_and_lines_by_what_stands_before_their_number() -> None:
    assert leaves(_reply({"items": [{"id": "a"}], "total": 3}, etag="e", date="d")) == {
        "status": "200",
        "header etag": "e",
        "$.items.length": "1",
        "$.items[0].id": "a",
        "$.total": "3",
    }
    assert leaves(_reply('up 1\nbytes{file="a b"} 20\nno number\n')) == {
        "status": "200",
        "up": "1",
        'bytes{file="a b"}': "20",
        "line 2": "no number",
    }


def test_only_what_the_others_agree_on_makes_a_reply_unlike_them() -> None:
    others = [_reply({"id": "1", "new": True}), _reply({"id": "2", "new": True})]
    assert unlike(_reply({"id": "3", "new": True}), others) == ""
    assert unlike(_reply({"id": "3", "new": False}), others) == "$.new is 'False' and else 'True'."
    assert unlike(_reply({"id": "3"}), others) == "$.new is None and else 'True'."
    assert unlike(_reply({"id": "3", "new": True, "of": "beta"}), others) == "$.of is there and else is not."
    counted = [_reply({"id": "1"}, left="9"), _reply({"id": "2"}, left="9")]
    assert unlike(_reply({"id": "3"}, left="8"), counted) == "header left is '8' and else '9'."
    assert unlike(_reply({"id": "3"}, left="8"), counted, ["left"]) == ""
    assert unlike(_reply({"id": "3", "new": True}, status=409), others) == "status is '409' and else '200'."
