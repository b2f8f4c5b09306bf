"""The page about anomalies says what the detector looks for, and what it was measured to find in held-out months."""

import json
import re
from pathlib import Path

from tenancy.anomalies.prompts import FLOOR as PROMPT_FLOOR
from tenancy.anomalies.quiet import FLOOR as QUIET_FLOOR
from tenancy.anomalies.spikes import RARE, SPIKES
from tests.tenancy.anomalies.months import HELD_OUT
from tests.tenancy.anomalies.report import page

_ROOT = Path(__file__).parents[2]
_PAGE = (_ROOT / "docs" / "anomalies.md").read_text(encoding="utf-8")
_MEASURED = json.loads((_ROOT / "tests" / "tenancy" / "anomalies" / "held_out.json").read_text(encoding="utf-8"))


def test_the_tables_of_the_page_are_what_was_measured() -> None:
    assert _MEASURED["seeds"] == "held out"
    assert _MEASURED["all"]["months"] == len(HELD_OUT)
    assert page(_MEASURED) in _PAGE


def test_what_was_measured_is_what_is_promised() -> None:
    assert _MEASURED["all"]["planted"] >= 500
    assert _MEASURED["all"]["detection"] >= 0.95
    assert _MEASURED["all"]["a_month"] <= 1
    assert _MEASURED["all"]["gross_and_normal"] == 0


def test_no_count_below_what_the_page_says_is_a_finding() -> None:
    rows = [
        row.split(" | ")
        for row in re.findall(r"^\| (`\w+` \| .+ \| [\d,]+(?: above the usual)?) \|$", _PAGE, re.MULTILINE)
    ]
    least = {(kind, *re.findall(r"^`\w+`", what)): int(count.split()[0].replace(",", "")) for kind, what, count in rows}
    assert least == {
        **{(f"`{rule.kind}`", f"`{rule.signal}`"): rule.floor for rule in SPIKES},
        **{(f"`{rule.kind}`",): rule.floor for rule in RARE},
        ("`large_prompt`",): PROMPT_FLOOR,
        ("`off_hours`",): QUIET_FLOOR,
        ("`canary`",): 1,
    }
