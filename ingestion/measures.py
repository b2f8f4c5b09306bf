"""An encoder's tokens and llama-index's sentences, as the chunker wants them."""

import re
import sys
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.utils import globals_helper

from ingestion.chunk import Measures

# Every character is in exactly one match, so nothing is lost; a word without an end is cut. A letter is at most three
# pieces, so a match always fits in a chunk.
_WORDS: Final = r"\S{1,64}\s*|\s+"
_STRETCH: Final = re.compile(r".{1,800}(?:\s+|\Z)|.{1,800}", re.DOTALL)
_STRETCH_CHARS: Final = 800
_WARM_UP: Final = "A first sentence is here. It has been read, and 12 of 30 were good.\n\nAnother paragraph follows it."


def load_measures(count: Callable[[str], int]) -> Measures:
    """Load nltk's sentence rules that come with llama-index, and warm up; `count` gives the tokens of a text."""
    _load_sentence_rules()
    splitters: dict[int, SentenceSplitter] = {}

    def split(text: str, most: int) -> Sequence[str]:
        if most not in splitters:
            splitters[most] = SentenceSplitter(
                chunk_size=most,
                chunk_overlap=0,  # overlap is the chunker's: with none, the parts are the text in order
                tokenizer=lambda part: range(measures.weight(part)),
                chunking_tokenizer_fn=_bounded_sentences,
                secondary_chunking_regex=_WORDS,
            )
        return splitters[most].split_text(text)

    measures = Measures(count, split, sentences)
    measures.split(_WARM_UP * 30, 100)
    measures.sentences(_WARM_UP)
    return measures


def _load_sentence_rules() -> None:
    """Load nltk without scipy's statistics, which take longer than all the rest of it and which it does without."""
    statistics = "scipy.stats"
    if statistics in sys.modules:
        globals_helper.wait_for_nltk_check()
        return
    sys.modules[statistics] = None  # type: ignore[assignment]  # importing it is an ImportError
    try:
        globals_helper.wait_for_nltk_check()
    finally:
        del sys.modules[statistics]


def sentences(text: str) -> list[str]:
    """Cut `text` into sentences that, joined, are `text`: white space belongs to the sentence before it."""
    starts = [start for start, _end in globals_helper.punkt_tokenizer.span_tokenize(text)]
    borders = [0, *starts[1:], len(text)]
    return [text[begin:end] for begin, end in pairwise(borders) if begin < end]


def _bounded_sentences(text: str) -> list[str]:
    # What looks like one sentence may look like two once it stands alone. On text made of such, the splitter would go
    # one level deeper for each sentence, so nothing as long as that is handed back to it.
    parts: list[str] = []
    for sentence in sentences(text):
        parts += [sentence] if len(sentence) <= _STRETCH_CHARS else _STRETCH.findall(sentence)
    return parts
