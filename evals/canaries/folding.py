"""Folds text so that a value is found however it is dressed up.

Every character is decomposed for compatibility (NFKD, which leaves the same letters as NFKC once marks are gone: full
width, ligatures, circled letters), lower-cased, look-alikes are made one, and what is neither letter nor digit goes:
separators, format characters (zero width, bidirectional), combining marks, markup signs.
"""

import re
import unicodedata
from bisect import bisect_right
from itertools import accumulate
from typing import Final, final

_ALIKE: Final = (
    ("a", "\u0430\u03b1\u0251"),  # Cyrillic a, Greek alpha, Latin alpha
    ("b", "\u0432\u044c\u03b2\u0185"),  # Cyrillic ve, Cyrillic soft sign, Greek beta, Latin tone six
    ("c", "\u0441\u03f2"),  # Cyrillic es, Greek lunate sigma symbol
    ("d", "\u0501\u0257"),  # Cyrillic komi de, Latin d with hook
    ("e", "\u0435\u03b5\u212e"),  # Cyrillic ie, Greek epsilon, estimated symbol
    ("g", "\u0261\u0581"),  # Latin script g, Armenian co
    ("h", "\u04bb\u043d\u03b7"),  # Cyrillic shha, Cyrillic en, Greek eta
    ("j", "\u0458\u03f3"),  # Cyrillic je, Greek yot
    ("k", "\u043a\u03ba"),  # Cyrillic ka, Greek kappa
    (
        "l",
        "1i\u0456\u03b9\u0131\u04cf\u01c0",
    ),  # 1, i, Cyrillic i, Greek iota, Latin dotless i, Cyrillic palochka, Latin dental click
    ("m", "\u043c\u03bc\u03fb"),  # Cyrillic em, Greek mu, Greek san
    ("n", "\u0578"),  # Armenian vo
    ("o", "0\u043e\u03bf\u0585\u03c3"),  # 0, Cyrillic o, Greek omicron, Armenian oh, Greek sigma
    ("p", "\u0440\u03c1"),  # Cyrillic er, Greek rho
    ("q", "\u051b\u0566"),  # Cyrillic qa, Armenian za
    ("s", "\u0455\ua731"),  # Cyrillic dze, Latin capital s
    ("t", "\u0442\u03c4"),  # Cyrillic te, Greek tau
    ("u", "\u03c5\u057d\u028b"),  # Greek upsilon, Armenian seh, Latin v with hook
    ("v", "\u03bd\u0475"),  # Greek nu, Cyrillic izhitsa
    ("w", "\u051d\u0461\u03c9"),  # Cyrillic we, Cyrillic omega, Greek omega
    ("x", "\u0445\u03c7"),  # Cyrillic ha, Greek chi
    ("y", "\u0443\u03b3\u04af"),  # Cyrillic u, Greek gamma, Cyrillic straight u
    ("z", "\u1d22\u03b6"),  # Latin capital z, Greek zeta
)
"""Look-alikes in Cyrillic, Greek, Armenian, phonetic letters and digits, in lower case.

Only likeness matters, not sound: the Greek nu is a v, the Cyrillic er a p. Distinct letters that both look like one
Latin letter in one case or the other (the capitals of eta and en, for h) are one here too. A value is folded like the
text, so folding too much costs nothing but choice; the letters of a shape are chosen to keep theirs, and to fold alike
in both cases.
"""

_CAPITALS: Final = {"\u039d": "n", "\u03a5": "y"}  # Greek nu and upsilon, which look like another letter when small
_LATIN: Final = {alike: Latin for Latin, all_alike in _ALIKE for alike in all_alike}


def _folded(character: str) -> str:
    plain = "".join(_CAPITALS.get(one, one) for one in unicodedata.normalize("NFKD", character))
    lowered = unicodedata.normalize("NFKD", plain.casefold())
    return "".join(_LATIN.get(one, one) for one in lowered if one.isalnum())


class _Table(dict[int, str]):
    """What every character folds to, worked out when it is first met."""

    def __missing__(self, point: int) -> str:
        self[point] = found = _folded(chr(point))
        return found


_TABLE: Final = _Table()
_ASCII: Final = bytes(ord(_TABLE[point] or "-") if point < 128 else point for point in range(256))  # noqa: PLR2004 - ASCII
_NOTHING: Final = bytes(point for point in range(128) if not _TABLE[point])
_OTHERS: Final = re.compile(r"[^\x00-\x7f]+")
_BLOCK: Final = 64  # characters


def fold(text: str) -> str:
    """Fold a text: characters that differ in looks only become equal, and what is no letter or digit goes."""
    # ASCII is translated as bytes, many times as fast as other characters; bytes read as text are full of U+FFFD.
    text = text.replace("\ufffd", "")
    plain = text if text.isascii() else _OTHERS.sub(lambda found: found.group().translate(_TABLE), text)
    return plain.encode(errors="surrogatepass").translate(_ASCII, _NOTHING).decode(errors="surrogatepass")


@final
class Places:
    """For every place in `fold(text)` and for its end, how many characters of `text` lie before it.

    Worked out where it is asked for: the text is folded in blocks, and only the block that holds the place is counted.
    """

    def __init__(self, text: str) -> None:
        """Fold a text, block by block."""
        self._text = text
        folded = (len(fold(text[at : at + _BLOCK])) for at in range(0, len(text), _BLOCK))
        self._ends = list(accumulate(folded))

    def __getitem__(self, place: int) -> int:
        """Return how many characters lie before a place of the folded text; len(text) at its end."""
        block = bisect_right(self._ends, place)
        left = place - (self._ends[block - 1] if block else 0)
        for before in range(block * _BLOCK, len(self._text)):
            left -= len(_TABLE[ord(self._text[before])])
            if left < 0:
                return before
        return len(self._text)
