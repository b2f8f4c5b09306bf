"""Made-up texts of realistic size, so that speed can be measured where no corpus is."""

import random
from collections.abc import Iterator
from pathlib import Path

_SOURCE = Path(__file__).parent.parent / "examples" / "source"


def vocabulary() -> list[str]:
    """Return the distinct words of the example documents' sources."""
    words: set[str] = set()
    for path in sorted(_SOURCE.rglob("*.txt")):
        words.update(word.strip(".,;:()|#*\"'") for word in path.read_text(encoding="utf-8").split())
    return sorted(word for word in words if word)


def sentences(count: int, seed: int) -> Iterator[str]:
    """Yield sentences of 12 to 24 words, the frequent words frequent (Zipf), the same for the same seed."""
    rng = random.Random(seed)  # noqa: S311  # texts to measure with, not secrets
    words = vocabulary()
    rng.shuffle(words)
    weights = [1 / (rank + 5) for rank in range(len(words))]
    for _ in range(count):
        chosen = rng.choices(words, weights, k=rng.randint(12, 24))
        yield " ".join(chosen).capitalize() + "."


def passages(count: int, seed: int, size: int = 8) -> list[str]:
    """Return `count` passages of `size` sentences: some 200 word pieces each, like a real chunk."""
    source = sentences(count * size, seed)
    return [" ".join(next(source) for _ in range(size)) for _ in range(count)]


def questions(count: int, seed: int) -> list[str]:
    """Return short questions over the same words."""
    return [f"What is known about {line[:-1].lower()[:60]}?" for line in sentences(count, seed)]
