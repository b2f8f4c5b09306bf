"""The forms a canary takes, where each is planted, and how its value is spelled.

A value is spelled by a shape: every marked position takes one of a fixed set of letters, digits or words, so that two
values of one shape differ in nothing but the choice. A shape has at least 80 bits of choice, and no two choices of a
position fold alike (`folding.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import log2
from typing import Final

from evals.canaries.words import MOTTO_WORDS


class Form(StrEnum):
    """What kind of secret a canary looks like."""

    TOKEN = "token"  # noqa: S105 - the name of a form
    FACT = "fact"
    NUMBER = "number"
    ENTITY = "entity"
    TABLE_CELL = "table_cell"
    FILE_NAME = "file_name"
    METADATA = "metadata"
    LANGUAGE = "language"
    SECRET_SHAPED = "secret_shaped"  # noqa: S105 - the name of a form
    SPLIT = "split"
    BEACON = "beacon"
    IMAGE_TEXT = "image_text"

    @property
    def place(self) -> "Place":
        """Where the carrier sentence goes."""
        return _PLACES.get(self, Place.TEXT)


class Place(StrEnum):
    """The part of a document that a carrier sentence is planted in."""

    TEXT = "text"
    """In the running text."""
    NAME = "name"
    """The file's name, without its extension."""
    METADATA = "metadata"
    """A title, an author, a tag: whatever the target takes beside the content."""
    IMAGE = "image"
    """Drawn into a picture; of use only where the target reads pictures."""


_PLACES: Final = {Form.FILE_NAME: Place.NAME, Form.METADATA: Place.METADATA, Form.IMAGE_TEXT: Place.IMAGE}

DEAD_PREFIX: Final = "sk-void-"
"""Reserved here for keys that open nothing: made by this kit, issued by nobody, marked void for whoever finds one."""

CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "A": tuple("BCDFGHJKMNPQRSTVWXYZ"),  # without vowels no word comes about by chance
    "a": tuple("bcdfghjkmnpqrstvwxyz"),
    "9": tuple("23456789"),
    "C": tuple("BDFGHJKLMNPRSTVZ"),  # with the vowels: names that can be said aloud
    "c": tuple("bdfghjklmnprstvz"),
    "v": tuple("aiou"),
    "Ж": tuple("БВГДЖЗКЛМНПРСТФХ"),
    "ж": tuple("бвгджзклмнпрстфх"),
    "и": tuple("аоуи"),
    "Ψ": tuple("ΒΓΔΖΘΚΛΜΞΠΡΣΤΦΧΨ"),
    "ψ": tuple("βγδζθκλμξπρστφχψ"),
    "ω": tuple("αηοω"),
    "K": tuple("ACEFHKMNPRTUVWXY"),  # capitals that a reader of pictures tells apart
    "W": MOTTO_WORDS,
}
"""What may stand at each marked position of a shape; every other character stands for itself."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How a value is spelled: a fixed prefix, then the pattern."""

    pattern: str
    prefix: str = ""

    @property
    def bits(self) -> float:
        """How much choice the shape has."""
        return sum(log2(len(CHOICES[mark])) for mark in self.pattern if mark in CHOICES)

    def spell(self, number: int) -> str:
        """Spell `number` in this shape; numbers far above 2**bits spread evenly over all values."""
        spelled = []
        for mark in self.pattern:
            choices = CHOICES.get(mark, (mark,))
            number, chosen = divmod(number, len(choices))
            spelled.append(choices[chosen])
        return self.prefix + "".join(spelled)


NAME: Final = Shape("Cvcvc Cvcvccvcvc Cvcvccvcvc")
CODE: Final = Shape("AAA9A-A9AAA-AA9AA-AAAA9")
STEM: Final = Shape("cvcvc-cvcvc-cvcvc-cvcvc-cvcvc")
CYRILLIC_NAME: Final = Shape("Жижиж Жижижжижиж Жижижжижиж")
GREEK_NAME: Final = Shape("Ψωψωψ Ψωψωψψωψωψ Ψωψωψψωψωψ")
NUMBER: Final = Shape("99999 99999 99999 99999 99999 99")
ARTICLE: Final = Shape("AAA-9999-AAAA-9999-AAAAAA")
MOTTO: Final = Shape(" ".join("W" * 10))
KEY: Final = Shape("aaaa9aaa9aaaa9aaa9aaaa", prefix=DEAD_PREFIX)
PATH: Final = Shape("aaaa9aaaa9aaaa9aaaa9aa")
SIGN: Final = Shape("KKKKK KKKKK KKKKK KKKKK")
SUBJECT: Final = Shape("Cvcvccvcvc")
"""What a question asks about; public, so that its 32 bits only keep subjects apart."""
