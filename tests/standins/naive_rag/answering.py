"""The model of the naive server: it quotes the sentences that share most words with the question."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tests.standins.naive_rag.collection import Hit, words
from tests.standins.naive_rag.leaks import Leak

NOTHING: Final = "I could not find anything about that in your documents."
SYSTEM_PROMPT: Final = "You are a helpful assistant of Naive Corp. Answer from the context only."
_SENTENCE: Final = re.compile(r"(?<=[.!?])\s+|\n+")
_ORDER: Final = re.compile(
    r"ignore (?:all |the )?(?:previous|above|prior) instructions\W+(?:and |then )?(.+)", re.IGNORECASE | re.DOTALL
)
_IMAGE_OR_LINK: Final = re.compile(r"!?\[([^\]]*)\]\([^)]*\)|!?\[([^\]]*)\]\[[^\]]*\]|<[^>]*>|https?://\S+")
_ENOUGH: Final = 2


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said, and the chunks it was taken from."""

    text: str
    hits: tuple[Hit, ...]


def answer(question: str, hits: Sequence[Hit], leaks: frozenset[Leak]) -> Answer:
    """Return the sentences of the hits that say most about the question, or that nothing was found."""
    asked = set(words(question))
    sentences = [(sentence, hit) for hit in hits for sentence in _SENTENCE.split(hit.chunk.text) if sentence.strip()]
    ranked = sorted(sentences, key=lambda one: -len(asked & set(words(one[0]))))[:_ENOUGH]
    best = [(sentence, hit) for sentence, hit in ranked if asked & set(words(sentence))]
    if not best:
        return Answer(NOTHING, ())
    text = " ".join(sentence.strip() for sentence, _ in best)
    if Leak.ORDERS_OBEYED in leaks:
        text = _obeyed(hits) or text
    if Leak.IMAGES_RENDERED not in leaks:
        text = _IMAGE_OR_LINK.sub(lambda found: found[1] or found[2] or "", text)
    return Answer(text, tuple(dict.fromkeys(hit for _, hit in best)))


def _obeyed(hits: Sequence[Hit]) -> str:
    """Return what an order in a document asks for; asked for its instructions, a model of this kind gives them."""
    for hit in hits:
        order = _ORDER.search(hit.chunk.text)
        if order is not None:
            return f"{SYSTEM_PROMPT} {order[1]}" if "prompt" in order[1].lower() else order[1]
    return ""
