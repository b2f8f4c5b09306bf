"""Make tripwire tokens, and recognise them in any text.

Rules this module enforces:

* A token is `bhtw` and forty letters: a reference to its owner (50 random bits), a nonce (50) and a MAC over both
  (HMAC-SHA256 under the deployment's guard key, cut to 100 bits). Without the key nobody can make one.
* A token names nobody: who owns a reference stands in the registry (`tenancy.tripwires.owners`), sealed.
* To recognise is a pure function of key and text. Text is folded first: compatibility forms (NFKD, Unicode Standard
  Annex 15), case, look-alike letters, and everything that is no ASCII letter or digit dropped. Folding goes character
  by character, so that a text cut anywhere folds to the same letters.
* No token contains or ends with a beginning of `bhtw` but its own, so that two candidates never overlap and a text made
  of nothing but beginnings costs no MAC.
"""

import base64
import hmac
import re
import secrets
import unicodedata
from dataclasses import dataclass
from typing import Final, NewType, final

from tenancy.keys.local import LocalKeys
from tenancy.sealing import PurposeKey

OwnerRef = NewType("OwnerRef", str)

PREFIX: Final = b"bhtw"
_PART: Final = 10  # letters of five bits each; the MAC has two parts
LETTERS: Final = len(PREFIX) + 4 * _PART

# Crockford's base32: what looks like another letter is read as that one.
_ALPHABET: Final = b"0123456789abcdefghjkmnpqrstvwxyz"
_DROPPED: Final = bytes(byte for byte in range(256) if not (byte < 128 and chr(byte).isalnum()))  # noqa: PLR2004 - ASCII
_READ: Final = bytes.maketrans(bytes(range(ord("A"), ord("Z") + 1)) + b"ilou", b"abcdefgh1jk1mn0pqrstvvwxyz" + b"110v")
_PIECE: Final = 1 << 16  # characters folded at once: a long text, scanned in a thread, must not hold up the others
_WRITTEN: Final = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", _ALPHABET)
# One that another begins in is none, so whoever repeats the beginning a million times is passed over quickly.
_CANDIDATE: Final = re.compile(rb"(?=(bhtw(?:(?!bhtw).){%d}))bhtw" % (LETTERS - len(PREFIX)))
_BEGINNINGS: Final = (PREFIX[:1], PREFIX[:2], PREFIX[:3])


@dataclass(frozen=True, slots=True, order=True)
class Token:
    """A genuine token: whose it is, by a reference that names nobody, and which of the owner's it is."""

    owner: OwnerRef
    nonce: str

    def __str__(self) -> str:
        """Return what tells it from others, without the MAC: this is no token, and recognised as none."""
        return f"{self.owner}.{self.nonce}"


def folded(text: str) -> bytes:
    """Return the letters and digits that are left of a text however it is dressed up, in Crockford's alphabet."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).casefold()
    return text.encode("ascii", "ignore").translate(_READ, _DROPPED)


def new_owner() -> OwnerRef:
    """Return a reference for somebody who gets a tripwire."""
    while PREFIX.decode() in (reference := _random()):
        pass
    return OwnerRef(reference)


def _random() -> str:
    return "".join(chr(secrets.choice(_ALPHABET)) for _ in range(_PART))


@final
class Recogniser:
    """The one thing that makes and recognises tokens, because it has the guard key."""

    __slots__ = ("_key",)

    def __init__(self, keys: LocalKeys) -> None:
        """Take the guard key from the deployment's own secrets."""
        self._key = PurposeKey(keys.secret("guard"), 1)

    def make(self, owner: OwnerRef) -> str:
        """Return a new token of an owner as it is written into documents: `bhtw-` and four groups of ten letters."""
        while True:
            nonce = _random()
            letters = PREFIX + owner.encode() + nonce.encode() + self._mac(owner, nonce)
            if self.read(letters) is not None:
                break
        text = letters.decode()
        parts = [text[at : at + _PART] for at in range(len(PREFIX), LETTERS, _PART)]
        return "-".join((PREFIX.decode(), *parts))

    def _mac(self, owner: str, nonce: str) -> bytes:
        return base64.b32encode(self._key.mac("tripwire", owner, nonce)).translate(_WRITTEN)[: 2 * _PART]

    def read(self, letters: bytes) -> Token | None:
        """Return the token that folded `letters` are, exactly; None for anything else."""
        body = letters[len(PREFIX) :]
        if len(letters) != LETTERS or not letters.startswith(PREFIX) or PREFIX in body or body.endswith(_BEGINNINGS):
            return None
        owner, nonce = body[:_PART].decode(), body[_PART : 2 * _PART].decode()
        genuine = hmac.compare_digest(body[2 * _PART :], self._mac(owner, nonce))
        return Token(OwnerRef(owner), nonce) if genuine else None

    def found(self, text: str) -> frozenset[Token]:
        """Return every token in a text, however it is cased, spaced, punctuated or written in look-alikes."""
        letters = b"".join(folded(text[at : at + _PIECE]) for at in range(0, len(text), _PIECE))
        candidates = (self.read(found[1]) for found in _CANDIDATE.finditer(letters))
        return frozenset(token for token in candidates if token is not None)
