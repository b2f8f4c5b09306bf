"""The rules about words find what may not be written, in any kind of file."""

import pytest

from tests.house.rules import wording
from tests.house.samples import flagged


@pytest.mark.parametrize(
    "text",
    [
        "/wo" + "rk/main/x",
        "see CON" + "TRACT.md",
        "../sha" + "red/corpus",
        "as another ses" + "sion found",
        "/tm" + "p/b" + "h/notes",
        "written by an AI ag" + "ent",
    ],
)
def test_a_word_of_the_workplace_is_found(text: str) -> None:
    assert flagged(wording.nothing_of_the_workplace, ("docs/x.md", f"fine\n{text}\n")) == [2]


@pytest.mark.parametrize(
    "text",
    [
        "CONTRIBUTING.md",
        "a database session",
        "User-Agent: x",
        "/home/wo" + "rk/main/x",
        "a shared shard",
        "docs/design.md",
    ],
)
def test_ordinary_words_are_not(text: str) -> None:
    assert flagged(wording.nothing_of_the_workplace, ("docs/x.md", text)) == []


@pytest.mark.parametrize("host", ["https://py" + "pi.org/simple", "files.python" + "hosted.org", "ghcr" + ".io/x"])
def test_a_registry_host_is_found_outside_the_lock(host: str) -> None:
    assert flagged(wording.no_registry_hosts, ("Dockerfile", host), ("uv.lock", host)) == [1]


@pytest.mark.parametrize(
    "switch", ["noqa", "noqa: S101", "type: ignore", "type: ignore[arg-type]", "noqa: S101, S102 -"]
)
def test_a_check_switched_off_without_a_reason_is_found(switch: str) -> None:
    assert flagged(wording.switches_have_reasons, ("app/x.py", f"x = 1  # {switch}\n")) == [1]


@pytest.mark.parametrize(
    "switch",
    ["noqa: S603 - fixed arguments", "type: ignore[arg-type]  # sealed by us", "pragma: no cover - other systems"],
)
def test_a_check_switched_off_with_a_reason_is_not(switch: str) -> None:
    assert flagged(wording.switches_have_reasons, ("app/x.py", f"x = 1  # {switch}\n")) == []


def test_a_switch_quoted_in_text_switches_nothing_off() -> None:
    assert flagged(wording.switches_have_reasons, ("app/x.py", 'x = "# noqa"\n')) == []
