"""The last look at an answer: nothing in it may make a reader's machine call out, and no secret mark may leave.

Rules this module enforces:

- images and HTML are neutralised always, inline links unless the retrieved text has exactly their address, reference
  definitions always: a space is put into the syntax, so that every renderer shows it as text;
- a bare address is removed unless the retrieved text has exactly it: an address that someone made up can carry the
  tenant's text to its author, one that was already there cannot;
- control and invisible characters are removed;
- an answer that contains the canary of its own prompt is blocked.

An answer is judged one run of non-space characters at a time, and every rule looks at one run only. So the streaming
form holds back one run at most, and gives the same text as the whole form wherever the chunks are cut.
"""

import re
from collections.abc import Iterable
from typing import Final

REMOVED: Final = "[link removed]"
_LONGEST_RUN: Final = 4_096  # characters; no address that long is quoted, so a longer run is cut and its links dropped

_RUNS: Final = re.compile(r"\S+")
_SPACE: Final = re.compile(r"\s")
_INVISIBLE: Final = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e0fff]"
)
# Space to Unicode, but part of an address to some renderers.
_ODD_SPACE: Final = re.compile(r"[^\S\t\n\r\f ]")
_SUSPECT: Final = re.compile(r"[\[\]<:/?@]")
_IMAGE: Final = re.compile(r"!(?=\[)")
_DEFINITION: Final = re.compile(r"\](?=:)")
_TAG: Final = re.compile(r"<(?=[A-Za-z/!?])")
_LINK: Final = re.compile(r"\]\((?=([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(\)?))")
_ADDRESS: Final = re.compile(
    r"(?:[a-z][a-z0-9+.-]{0,30}:)?//[^\s/]\S*"
    r"|(?<![a-z0-9])(?:(?:www\.|javascript:|vbscript:|mailto:|data:[a-z]+/)\S+"
    r"|(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}(?:[/?#]\S*|:\S+))",
    re.IGNORECASE,
)
_TRAILING: Final = ".,;:!?'\"*_`)>]}\u2019\u201d\u3002"


class Blocked(Exception):
    """The answer contains its prompt's canary and must not be given; the message says nothing about it."""


def addresses(texts: Iterable[str]) -> frozenset[str]:
    """Return every address that occurs in `texts`, without the punctuation around it."""
    return frozenset(_bare(found[0]) for text in texts for found in _ADDRESS.finditer(text))


def guarded(answer: str, *, evidence: Iterable[str], canary: str | None = None) -> str:
    """Return `answer` with everything neutralised that `evidence` (the retrieved texts) does not vouch for.

    Raises Blocked when the answer contains `canary`, however it is cased, spaced or punctuated.
    """
    if canary is not None and _letters(canary) in _letters(answer):
        raise Blocked
    visible = _visible(answer)
    allowed = addresses(evidence) if _ADDRESS.search(visible) or "](" in visible else frozenset[str]()
    return _RUNS.sub(lambda run: _safe(run[0], allowed) if len(run[0]) <= _LONGEST_RUN else REMOVED, visible)


class GuardedStream:
    """The same guard for an answer that arrives in pieces: what `feed` and `close` return is safe to send on."""

    def __init__(self, *, evidence: Iterable[str], canary: str | None = None) -> None:
        """Read the addresses of `evidence` once."""
        self._allowed = addresses(evidence)
        self._canary = _letters(canary) if canary is not None else None
        self._run = ""
        self._held = ""
        self._dropping = False

    def feed(self, piece: str) -> str:
        """Return what may be sent now; raises Blocked as soon as the canary is complete."""
        ready: list[str] = []
        for part in re.split(r"(\s)", _visible(piece)):
            if _SPACE.match(part):
                ready += [self._end_run(), part]
            else:
                self._run += part
                if len(self._run) > _LONGEST_RUN:
                    self._run, self._dropping = "", True
        return self._past_canary("".join(ready), last=False)

    def close(self) -> str:
        """Return what was held back; raises Blocked like `feed`."""
        return self._past_canary(self._end_run(), last=True)

    def _end_run(self) -> str:
        run, self._run = self._run, ""
        if self._dropping:
            self._dropping = False
            return REMOVED
        return _safe(run, self._allowed)

    def _past_canary(self, ready: str, *, last: bool) -> str:
        """Hold back an ending that may become the canary, however it is spaced."""
        if self._canary is None:
            return ready
        text = self._held + ready
        letters = _letters(text + self._run)
        if self._canary in letters:
            raise Blocked
        begun = 0 if last else _begun(_letters(text), self._canary)
        cut = len(text)
        while begun:
            cut -= 1
            begun -= len(_letters(text[cut]))
        self._held = text[cut:]
        return text[:cut]


def _visible(text: str) -> str:
    """Remove what a reader would not see; make every white space one that all renderers take for it."""
    return _ODD_SPACE.sub(" ", _INVISIBLE.sub("", text))


def _safe(run: str, allowed: frozenset[str]) -> str:
    """Neutralise one run of characters without white space."""
    if not _SUSPECT.search(run) and "www." not in run.lower():
        return run
    found = _ADDRESS.sub(lambda address: _address(address[0], allowed), run)
    found = _LINK.sub(lambda link: _link(link, allowed), found)
    found = _IMAGE.sub("! ", found)
    found = _DEFINITION.sub("] ", found)
    return _TAG.sub("< ", found)


def _link(link: re.Match[str], allowed: frozenset[str]) -> str:
    """Keep a link whose address is vouched for; part text and address of any other."""
    return link[0] if link[2] and link[1] in allowed else "] ("


def _address(address: str, allowed: frozenset[str]) -> str:
    """Keep an address that is vouched for, with what surrounds it; remove any other up to its punctuation."""
    bare = _bare(address)
    return address if bare in allowed else REMOVED + address[len(bare) :]


def _bare(address: str) -> str:
    """Return an address without closing punctuation, but with the brackets that it opens itself."""
    bare = address
    while bare and bare[-1] in _TRAILING and not (bare[-1] == ")" and bare.count("(") >= bare.count(")")):
        bare = bare[:-1]
    return bare


def _letters(text: str) -> str:
    """Return the letters and digits of a text in one case: what is left of a mark however it is dressed up."""
    return "".join(letter for letter in text.casefold() if letter.isalnum())


def _begun(letters: str, canary: str) -> int:
    """Return how many letters at the end of `letters` could begin the canary."""
    for length in range(min(len(letters), len(canary) - 1), 0, -1):
        if letters.endswith(canary[:length]):
            return length
    return 0
