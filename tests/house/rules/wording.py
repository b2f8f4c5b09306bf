"""What may not be written anywhere: the place of work, registry hosts, unexplained switches."""

import io
import re
import tokenize
from collections.abc import Iterator, Sequence

from tests.house.rules.tree import Finding, Source

# In pieces, so that this file passes its own rule.
_WORKPLACE = (
    r"(?<!\w)/wo" + r"rk/(main\b|\.|sha" + r"red\b)",
    "/tm" + r"p/(b" + "h|uv" + "t)\\b",
    r"\bsha" + "red/",
    r"\.libr" + "ary/",
    r"\b(this|another|an earlier|a later|the previous|the next) (ses" + r"sion|ag" + r"ent|hel" + r"per)\b",
    r"\b(AI|coding|language) (ag" + "ent|assis" + r"tant)s?\b",
    r"\b(CON" + "TRACT|STY" + "LE|TR" + "APS|LEA" + "KS|EV" + "ALS|DES" + "IGN|AR" + r"CH)\.md\b",
)
_REGISTRIES = (
    "py" + r"pi\.org",
    "python" + r"hosted\.org",
    "npm" + r"js\.(org|com)",
    "yarn" + r"pkg\.com",
    "crates" + r"\.io",
    "ruby" + r"gems\.org",
    "proxy" + r"\.golang\.org",
    "ghcr" + r"\.io",
    "quay" + r"\.io",
    "docker" + r"\.io/",
    "repo1?" + r"\.maven",
)
_SWITCH = re.compile(
    r"#\s*(noqa(?P<codes>:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*)?|type:\s*ignore(?P<kind>\[[\w, -]+\])?|pragma:[\w ]+)"
    r"(?P<rest>.*)"
)
_REASON = re.compile(r"[a-zA-Z]{2,}.*[a-zA-Z]{2,}")


def nothing_of_the_workplace(texts: Sequence[Source]) -> Iterator[Finding]:
    """The repository stands alone: it names no folder, paper or process of where it was written."""
    yield from _search(texts, _WORKPLACE, "belongs to where this was written, not to the repository")


def no_registry_hosts(texts: Sequence[Source]) -> Iterator[Finding]:
    """Where packages come from is the installer's configuration; only the lock file names hosts."""
    yield from _search([one for one in texts if one.path.name != "uv.lock"], _REGISTRIES, "is a registry host")


def _search(texts: Sequence[Source], patterns: Sequence[str], says: str) -> Iterator[Finding]:
    anything = re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
    for one in texts:
        for found in anything.finditer(one.text):
            yield Finding(one.path, one.text.count("\n", 0, found.start()) + 1, f"{found.group()!r} {says}")


def switches_have_reasons(sources: Sequence[Source]) -> Iterator[Finding]:
    """A check switched off names the check and, on the same line, the reason."""
    for one in sources:
        for token in tokenize.generate_tokens(io.StringIO(one.text).readline):
            found = _SWITCH.search(token.string) if token.type == tokenize.COMMENT else None
            if found is None:
                continue
            if not (found["codes"] or found["kind"] or "pragma" in found.group()):
                yield Finding(one.path, token.start[0], "name the check that is switched off")
            elif not _REASON.search(found["rest"]):
                yield Finding(one.path, token.start[0], "a check is switched off without its reason on the same line")
