"""The rules about tests find tests that cannot fail."""

import pytest

from tests.house.rules import testing
from tests.house.samples import flagged


@pytest.mark.parametrize(
    "body", ["pass", "f()", "assert True", "try:\n        f()\n    except E:\n        pass", "print('fine')"]
)
def test_a_test_that_asserts_nothing_is_found(body: str) -> None:
    assert flagged(testing.every_test_asserts, ("tests/test_x.py", f"def test_it():\n    {body}\n")) == [1]


@pytest.mark.parametrize(
    "body",
    [
        "assert f()",
        "with pytest.raises(E):\n        f()",
        "assert_same(a, b)",
        "check()",
        "run_state_machine_as_test(M)",
    ],
)
def test_a_test_that_asserts_by_itself_or_through_its_own_file_is_not(body: str) -> None:
    text = f"def check():\n    assert f()\n\ndef test_it():\n    {body}\n"
    assert flagged(testing.every_test_asserts, ("tests/test_x.py", text)) == []


def test_functions_that_call_each_other_assert_nothing_together() -> None:
    text = "def a():\n    b()\n\ndef b():\n    a()\n\ndef test_it():\n    a()\n"
    assert flagged(testing.every_test_asserts, ("tests/test_x.py", text)) == [7]


@pytest.mark.parametrize(
    "text",
    [
        "@pytest.mark.skip\ndef test_it(): ...",
        "@pytest.mark.skip()\ndef test_it(): ...",
        "@pytest.mark.skip(reason='')\ndef test_it(): ...",
        "@pytest.mark.skipif(True)\ndef test_it(): ...",
        "@pytest.mark.xfail\ndef test_it(): ...",
        "pytest.skip()",
    ],
)
def test_a_skip_without_a_reason_is_found(text: str) -> None:
    assert flagged(testing.skips_have_reasons, ("tests/test_x.py", text)) == [1]


@pytest.mark.parametrize(
    "text",
    [
        "@pytest.mark.skip('no tape')\ndef test_it(): ...",
        "@pytest.mark.skipif(True, reason='no tape')\ndef test_it(): ...",
        "pytest.skip(f'{x} is absent')",
        "pytest.skip(reason=why)",
    ],
)
def test_a_skip_with_a_reason_is_not(text: str) -> None:
    assert flagged(testing.skips_have_reasons, ("tests/test_x.py", text)) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("from unittest.mock import Mock", 1),
        ("from unittest import mock", 1),
        ("import app.auth\nmonkeypatch.setattr(app.auth, 'verify', f)", 2),
        ("from app import auth\nmonkeypatch.setattr(auth, 'verify', f)", 2),
        ("from app.auth import Verifier\nmonkeypatch.setattr(Verifier, 'verify', f)", 2),
        ("monkeypatch.setattr('tenancy.mint.open', f)", 1),
    ],
)
def test_patching_our_own_code_is_found(text: str, line: int) -> None:
    assert flagged(testing.own_code_is_not_patched, ("tests/test_x.py", text)) == [line]


@pytest.mark.parametrize("text", ["monkeypatch.setenv('A', '1')", "import os\nmonkeypatch.setattr(os, 'fork', f)"])
def test_changing_the_world_around_our_code_is_not(text: str) -> None:
    assert flagged(testing.own_code_is_not_patched, ("tests/test_x.py", text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "import time\ndef test_it():\n    began = time.monotonic()\n    assert time.monotonic() - began < 1",
        "from time import perf_counter\ndef test_it():\n    took = perf_counter() - 0\n    assert took < 1",
    ],
)
def test_an_assertion_about_time_is_found(text: str) -> None:
    assert flagged(testing.tests_are_not_timed, ("tests/test_x.py", text)) == [4]
