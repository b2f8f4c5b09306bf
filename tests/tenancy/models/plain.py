"""Texts to embed of which nothing is known but the text."""

from collections.abc import Iterable

from tenancy.values.embedded_text import EmbeddedText


def plain(texts: Iterable[str]) -> list[EmbeddedText]:
    return [EmbeddedText(text) for text in texts]
