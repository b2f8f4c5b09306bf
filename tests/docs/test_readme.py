"""The README says what is so."""

import re

from tests.house.rules.tree import ROOT, files

_README = (ROOT / "README.md").read_text(encoding="utf-8")
_PAGES = [path for path in files() if path.endswith(".md")]


def test_the_claim_stands_in_the_words_it_is_signed_with() -> None:
    """The claim is one sentence, whole."""
    claim = (
        "At rest a tenant's collection exists only as AES-256-GCM under that tenant's key; awake, its text stays "
        "sealed inside Qdrant, and its vectors and term weights are in memory, isolated but not encrypted."
    )
    assert claim in " ".join(_README.replace("\n> ", "\n").split())


def test_every_link_to_a_file_leads_somewhere() -> None:
    """No relative link of a page is dead."""
    dead = [
        f"{path}: {target}"
        for path in _PAGES
        for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / path).read_text(encoding="utf-8"))
        if not ((ROOT / path).parent / target).exists()
    ]
    assert dead == []


def test_every_path_below_tests_that_a_page_names_exists() -> None:
    """A folder or file of the test tree that a page names in code is there."""
    missing = [
        f"{path}: {named}"
        for path in _PAGES
        for named in re.findall(r"`(tests/[\w./-]+)`", (ROOT / path).read_text(encoding="utf-8"))
        if not (ROOT / named).exists()
    ]
    assert missing == []
