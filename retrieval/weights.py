"""What speaks for a sentence, and for answering at all, weighed by what was learnt from questions with known answers.

Learnt on half of the articles of XQuAD in six languages and half of CLAPNQ, tested on the other halves; for a question
in another language than its documents, on XQuAD's questions in German, Spanish, Russian and Chinese over its English
articles. Sentences: listwise logistic regression of "it holds the answer". Support: logistic regression of "the hits
hold the answer"; hits that do not are those of a stranger tenant, of the tenant without the paragraph that answers, and
of CLAPNQ's unanswerable questions with their near miss; a part of them asked of tenants with one to three documents.
The two tenants of `benchmarks/answers/ordinary` took part, one on each side.
"""

from operator import mul
from typing import Final, NamedTuple


class SentenceTraits(NamedTuple):
    """What is known of one sentence or row, or how much each of it counts; shares are idf shares of terms."""

    covered: float = 0.0
    """Share of the question's terms in it, for a row in the names of its columns too."""
    before: float = 0.0
    """Further share in the sentence before it, in the same chunk."""
    after: float = 0.0
    chunk: float = 0.0
    """Share in its whole chunk."""
    kind: float = 0.0
    """1.0 if it holds the kind of thing asked for."""
    similarity: float = 0.0
    """Of the question and its chunk, on MiniLM's scale of cosines."""
    place: float = 0.0
    """The published score of its chunk, which tells its place among the hits."""
    question: float = 0.0
    """1.0 if it is a question, which is no answer."""
    fragment: float = 0.0
    """1.0 if it has few words and no stop: a heading more often than an answer."""
    cosine: float = 0.0
    """Of the question's vector and its own, where the encoder gives parts vectors."""
    words: float = 0.0
    """Mean, over the question's tokens, of the best cosine with one of its parts, likewise."""


class Signals(NamedTuple):
    """What is known of all hits and the best sentence of them, or how much each of it counts."""

    similarity: float = 0.0
    """Of the question and the chunk of the best sentence, on MiniLM's scale."""
    lead: float = 0.0
    """How far the highest similarity of a hit is above the mean of the others."""
    rivals: float = 0.0
    """Logarithm of the number of sentences that are as good as the best one."""
    present: float = 0.0
    """Share of the question's terms, by number, in the chunk of the best sentence."""
    covered: float = 0.0
    """Share by idf in the best sentence itself."""
    cosine: float = 0.0
    words: float = 0.0
    words_lead: float = 0.0
    """How far the highest `words` of a sentence is above the fifth highest."""
    terms: float = 0.0
    """Number of the question's terms, at most twelve, in tens."""
    bias: float = 0.0


def weighed(known: tuple[float, ...], weights: tuple[float, ...]) -> float:
    """Return the sum of what is known, each times its weight."""
    return float(sum(map(mul, known, weights)))


class Weights(NamedTuple):
    """How much the traits of a sentence count, and the signals of support."""

    sentence: SentenceTraits
    support: Signals


_HALF: Final = -0.4
"""The logarithm of the odds at which support is one half: lower, and more questions are answered, more of them wrongly.

At this one, of the halves not learnt from, refused, answered rightly and answered with something else: XQuAD en .02 .91
.08, de .01 .87 .12, es .01 .91 .09, ru .01 .84 .15, zh .03 .84 .13, ar .06 .81 .14; CLAPNQ .03 .84 .13. Refused of a
stranger's questions .96 to 1.0, of those without their paragraph .59 to .82, of near misses .32 (CLAPNQ) and .64
(ordinary files).
"""
WITH_PARTS: Final = Weights(
    SentenceTraits(7.68, 2.78, 0.87, 0.21, 1.60, -2.58, 2.32, -9.0, -1.40, 21.07, 37.41),
    Signals(1.75, 4.64, -0.79, 2.34, -0.65, 6.47, 0.0, 3.46, bias=-7.20 - _HALF),
)
"""Where the encoder gives vectors of a chunk's parts."""
BY_WORDS: Final = Weights(
    SentenceTraits(8.88, 3.14, 1.08, -0.29, 1.77, 7.27, 2.67, -9.0, -2.20),
    Signals(2.93, 4.82, -0.71, 2.26, -0.52, bias=-2.28 - _HALF),
)
"""Where it does not."""
ACROSS_LANGUAGES: Final = Weights(
    SentenceTraits(4.93, 2.84, -2.93, 0.63, 1.53, -4.94, 1.31, -9.0, -2.07, 21.51, 121.35),
    Signals(-12.75, 13.71, -0.03, -0.83, 0.0, 0.0, 92.61, -2.69, 0.49, bias=-69.72 - _HALF),
)
"""Where the encoder gives vectors of parts and the question is in another language than the hits."""
NO_LEAD: Final = 0.1
"""`lead` of a single hit: about what it is where documents are unlike each other."""
