"""What is known of an encoder before its weights are read."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Calibration:
    """Puts an encoder's cosines on the scale of MiniLM's, on which evidence is weighed.

    Encoders differ in what the cosine of two unrelated texts is: about 0 with MiniLM, about .76 with e5.
    """

    floor: float = 0.0
    factor: float = 1.0

    def scaled(self, cosine: float) -> float:
        """Return `cosine` on MiniLM's scale, in [-1, 1]; the order of any two stays, but at the ends."""
        return max(-1.0, min(1.0, (cosine - self.floor) * self.factor))


class EncoderBroken(RuntimeError):
    """An encoder's files are missing, or are not what they should be; nothing may be embedded with them."""


IDENTITY: Final = Calibration()


@dataclass(frozen=True, slots=True)
class Traits:
    """An encoder's name, the length of its vectors, how many tokens it reads (its markers included), its cosines.

    `weighed_parts` tells whether it is known how much the vectors of a chunk's parts say: evidence was fitted on them.
    """

    name: str
    dimension: int
    max_tokens: int
    calibration: Calibration = IDENTITY
    weighed_parts: bool = False


MINILM: Final = Traits("minilm", 384, 256)
"""all-MiniLM-L6-v2, English."""

E5: Final = Traits("e5-small", 384, 512, Calibration(0.757, 5.2), weighed_parts=True)
"""multilingual-e5-small, a hundred languages."""
