"""Make an id that never existed out of one that does, so alike that only a look-up can tell them apart."""

import random
import re
from typing import Final

_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE)
_UUID_FIXED: Final = frozenset({14, 19})  # version and variant
_FEW: Final = 8


def never_existed(one: str, rng: random.Random) -> str:
    """Return an id of the same length, prefix, punctuation and letters; a number gets far beyond any in use."""
    if one.isdecimal():
        return str(int(one) + rng.randrange(10**9, 2 * 10**9))
    start = len(one) - len(re.split(r"[_:/]", one)[-1])
    fixed = _UUID_FIXED if _UUID.fullmatch(one) else frozenset()
    places = [at for at, letter in enumerate(one) if at >= start and letter.isalnum() and at not in fixed]
    letters = [one[at] for at in places]
    for _ in range(16):
        drawn = _drawn(letters, rng)
        made = list(one)
        for at, letter in zip(places, drawn, strict=True):
            made[at] = letter
        if "".join(made) != one:
            return "".join(made)
    return f"{one}{rng.randrange(10**9)}"


def _drawn(letters: list[str], rng: random.Random) -> list[str]:
    """Draw from the id's own letters, which are in its alphabet; a short name is spelled with other letters."""
    if len(set(letters)) >= _FEW:
        return [rng.choice(letters) for _ in letters]
    return [rng.choice("bcdfghjkmnpqrstvwxz") if letter.isalpha() else rng.choice("0123456789") for letter in letters]
