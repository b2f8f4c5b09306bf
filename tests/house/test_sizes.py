"""The rules about size find what is too large, and nothing smaller."""

import pytest

from tests.house.rules import sizes
from tests.house.samples import flagged


@pytest.mark.parametrize(("lines", "at"), [(299, []), (300, [300])])
def test_a_file_stays_under_300_lines(lines: int, at: list[int]) -> None:
    assert flagged(sizes.short_files, ("app/long.py", "x = 1\n" * lines)) == at


@pytest.mark.parametrize(("lines", "at"), [(39, []), (40, [2])])
def test_a_function_stays_under_40_lines(lines: int, at: list[int]) -> None:
    text = "class A:\n    def f(self):\n" + "        x = 1\n" * (lines - 1)
    assert flagged(sizes.short_functions, ("app/long.py", text)) == at


@pytest.mark.parametrize(("count", "at"), [(16, 0), (17, 1)])
def test_a_folder_stays_under_17_files(count: int, at: int) -> None:
    paths = [f"app/http/m{number}.py" for number in range(count)] + ["app/main.py"] * 2
    assert len(list(sizes.small_folders(paths))) == at


def test_the_trusted_core_is_counted_together() -> None:
    core = [("tenancy/mint.py", "x = 1\n" * 600), ("tenancy/keys/vault/lease.py", "x = 1\n" * 600)]
    assert flagged(sizes.small_trusted_core, *core) == []
    assert flagged(sizes.small_trusted_core, *core, ("tenancy/stream_sealing.py", "x = 1\n")) == [1]


def test_what_stands_beside_the_trusted_core_is_not_counted() -> None:
    for path in ("tenancy/stores/rows.py", "tests/tenancy/test_sealing.py"):
        assert flagged(sizes.small_trusted_core, (path, "x = 1\n" * 2000)) == []
