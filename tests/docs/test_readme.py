"""The README says what is so."""

import re
from pathlib import Path

from pydantic_settings import BaseSettings

from app.settings import ClientSettings, ProviderSettings, Settings

_README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def rows(settings: type[BaseSettings]) -> list[str]:
    """Return the lines of the table that describe these settings."""
    prefix = settings.model_config["env_prefix"]
    found = []
    for name, field in settings.model_fields.items():
        if field.is_required():
            default = "(required)"
        else:
            default = "" if field.default in {None, ()} else f"`{str(field.default).lower()}`"
        found.append(f"| `{prefix}{name.upper()}` | {default} | {field.description} |")
    return found


def test_the_table_of_settings_is_the_settings() -> None:
    """Every setting has its row, with its default and its description, and there are no other rows."""
    expected = [row for settings in (Settings, ClientSettings, ProviderSettings) for row in rows(settings)]
    assert re.findall(r"^\| `(?:BULKHEAD|OPENAI)_.*$", _README, re.MULTILINE) == expected


def test_the_claim_stands_in_the_words_it_is_signed_with() -> None:
    """The claim is one sentence, whole."""
    claim = (
        "At rest a tenant's collection exists only as AES-256-GCM under that tenant's key; awake, its text stays "
        "sealed inside Qdrant, and its vectors and term weights are in memory, isolated but not encrypted."
    )
    assert claim in " ".join(_README.replace("\n> ", "\n").split())


def test_every_link_to_a_file_leads_somewhere() -> None:
    """No relative link of the README or of docs/ is dead."""
    root = Path(__file__).resolve().parents[2]
    pages = [root / "README.md", root / "CONTRIBUTING.md", root / "SECURITY.md", *sorted((root / "docs").rglob("*.md"))]
    dead = [
        f"{page.name}: {target}"
        for page in pages
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert dead == []


def test_every_test_that_docs_name_exists() -> None:
    """The isolation page names tests; each is the name of a test function or file."""
    root = Path(__file__).resolve().parents[2]
    page = (root / "docs" / "isolation.md").read_text(encoding="utf-8")
    source = "\n".join(path.read_text(encoding="utf-8") for path in (root / "tests").rglob("*.py"))
    named = re.findall(r"`(test_\w+)`", page)
    missing = [name for name in named if f"def {name}(" not in source]
    assert len(named) > 40
    assert missing == []
