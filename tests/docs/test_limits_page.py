"""The page about limits says what the plans allow."""

import re
from pathlib import Path

from tenancy.plans import PLANS

_PAGE = (Path(__file__).parents[2] / "docs" / "limits.md").read_text(encoding="utf-8")


def test_the_table_of_the_page_is_the_plans() -> None:
    head, *rows = re.findall(r"^\| (.+) \|$", _PAGE, re.MULTILINE)
    assert head.split(" | ") == ["limit", *PLANS]
    names = list(PLANS["free"])
    assert rows == [f"`{name}` | " + " | ".join(f"{plan[name]:,}" for plan in PLANS.values()) for name in names]
