"""The rules about failing find broad handlers, shared codes and sleeps."""

import pytest

from tests.house.rules import failures
from tests.house.samples import flagged

_BROAD = "try: ...\nexcept Exception: log()\n"
_ROOT = ("tenancy/errors.py", 'class ServiceError(Exception):\n    code = "internal"\n')


@pytest.mark.parametrize(
    "fourth", ["except Exception as e: log()", "except: log()", "except (OSError, Exception): log()"]
)
def test_a_fourth_broad_handler_is_found_with_the_three_others(fourth: str) -> None:
    assert flagged(failures.few_broad_handlers, ("app/a.py", _BROAD * 3)) == []
    assert flagged(failures.few_broad_handlers, ("app/a.py", _BROAD * 3), ("app/b.py", f"try: ...\n{fourth}")) == [
        2,
        4,
        6,
        2,
    ]


def test_cleaning_up_and_raising_again_is_no_broad_handler() -> None:
    text = "try: ...\nexcept BaseException:\n    clean()\n    raise\n"
    assert flagged(failures.few_broad_handlers, ("app/a.py", text * 3)) == []


@pytest.mark.parametrize(
    "text",
    [
        "class A(ServiceError):\n    status = 400\n",
        'class A(ServiceError):\n    code = "internal"\n',
        'class A(ServiceError):\n    code = "a"\nclass B(A): ...\n',
        'class A(errors.ServiceError):\n    code = ""\n    code: str\nclass B(A):\n    code = ""\n',
    ],
)
def test_an_error_without_a_code_of_its_own_is_found(text: str) -> None:
    assert len(flagged(failures.errors_have_their_own_codes, _ROOT, ("app/x.py", text))) == 1


def test_an_error_with_its_own_code_is_not() -> None:
    text = (
        'class A(ServiceError):\n    code = "a"\nclass B(A):\n    code: ClassVar[str] = "b"\nclass C(ValueError): ...\n'
    )
    assert flagged(failures.errors_have_their_own_codes, _ROOT, ("app/x.py", text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "import time\ntime.sleep(1)",
        "import asyncio\nasyncio.sleep(0.1)",
        "from asyncio import sleep as rest\nrest(delay)",
        "import time as t\nt.sleep(seconds)",
    ],
)
@pytest.mark.parametrize("path", ["app/x.py", "tests/app/test_x.py"])
def test_waiting_on_the_clock_is_found(path: str, text: str) -> None:
    assert flagged(failures.no_waiting_on_the_clock, (path, text)) == [2]


def test_yielding_to_the_loop_is_not_waiting() -> None:
    assert flagged(failures.no_waiting_on_the_clock, ("app/x.py", "import asyncio\nasyncio.sleep(0)")) == []
