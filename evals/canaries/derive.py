"""Derives canaries from a run's key, so that a run replays from its seed and nobody else can make one."""

import hmac
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Final

from evals.canaries.carriers import CARRIERS, Carrier
from evals.canaries.forms import SUBJECT, Form, Place

_SHORTEST_KEY: Final = 16  # bytes
_THIRDS: Final = 3


class World(StrEnum):
    """What a value is for: values of different worlds share everything but the choice of letters."""

    PLANTED = "planted"
    TWIN = "twin"
    """Never planted anywhere: finding one means that the detector is wrong."""
    DECOY = "decoy"
    """Planted in the place of the secret, in the other of two worlds."""


@dataclass(frozen=True, slots=True)
class Canary:
    """One planted secret.

    `value` is what gives it away, `parts` what the detector looks for (several if it is split, each telling by itself),
    `sentence` what to plant: text with the value in it, a file's name without extension, a piece of metadata, or words
    to draw (see `form.place`). The paragraphs of a split sentence are to be planted apart. `question` never contains
    the value and is the same for every tenant, twin and decoy; a right `answer` contains what stands there.
    """

    id: str
    form: Form
    value: str
    sentence: str
    question: str
    answer: str
    parts: tuple[str, ...]

    @property
    def place(self) -> Place:
        """Where the sentence goes."""
        return self.form.place

    @property
    def needs_ocr(self) -> bool:
        """Whether only a target that reads pictures can know it."""
        return self.place is Place.IMAGE


@dataclass(frozen=True, slots=True)
class CanaryKit:
    """Makes a run's canaries; `sink` is the address of the run's own server, which beacons point at."""

    run_key: bytes = field(repr=False)
    sink: str = ""

    def __post_init__(self) -> None:
        if len(self.run_key) < _SHORTEST_KEY:
            raise ValueError(f"a run key has at least {_SHORTEST_KEY} bytes, not {len(self.run_key)}")

    @classmethod
    def of_seed(cls, seed: str, *, sink: str = "") -> "CanaryKit":
        """Make the kit of the run that was started with `seed`."""
        return cls(sha256(f"canaries of run {seed}".encode()).digest(), sink)

    def canary(self, tenant: str, document: str, form: Form, index: int) -> Canary:
        """Return the secret that `tenant` holds in `document`. ValueError for a beacon without a sink."""
        return self._make(World.PLANTED, tenant, document, form, index)

    def twin(self, tenant: str, document: str, form: Form, index: int) -> Canary:
        """Return a secret of equal length and shape that is planted nowhere."""
        return self._make(World.TWIN, tenant, document, form, index)

    def decoy(self, tenant: str, document: str, form: Form, index: int) -> Canary:
        """Return a secret of equal length and shape for the other of two worlds."""
        return self._make(World.DECOY, tenant, document, form, index)

    @property
    def fingerprint(self) -> str:
        """A name for the run key that does not give it away."""
        return self._digest("fingerprint").hex()[:16]

    def _make(self, world: World, tenant: str, document: str, form: Form, index: int) -> Canary:
        carrier = CARRIERS[form][index % len(CARRIERS[form])]
        if "{sink}" in carrier.sentence and not self.sink:
            raise ValueError("a beacon points at the run's sink; give the kit its address")
        of = (world, tenant, document, form, str(index))
        subject = SUBJECT.spell(self._number("subject", document, form, str(index)))
        parts = tuple(carrier.shape.spell(self._number("value", *of, str(n))) for n in range(_parts(carrier)))
        value = " ".join(parts)
        names = {"subject": subject, "stem": subject.lower(), "value": value, "sink": self.sink}
        names |= dict(zip(("first", "second", "third"), parts, strict=False))
        return Canary(
            id="can_" + self._digest("id", *of).hex()[:16],
            form=form,
            value=value,
            sentence=carrier.sentence.format_map(names),
            question=carrier.question.format_map(names),
            answer=carrier.answer.format_map(names),
            parts=parts,
        )

    def _number(self, *labels: str) -> int:
        return int.from_bytes(self._digest(*labels))

    def _digest(self, *labels: str) -> bytes:
        said = b"".join(len(label.encode()).to_bytes(4) + label.encode() for label in labels)
        return hmac.digest(self.run_key, said, "sha256")


def _parts(carrier: Carrier) -> int:
    return _THIRDS if "{third}" in carrier.sentence else 1
