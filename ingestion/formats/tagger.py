"""A stand-in for the language model that unstructured would download the first time it classifies a text."""

import re
from dataclasses import dataclass
from typing import Final

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab
from unstructured.nlp import tokenize

_MODEL: Final = "en_core_web_sm"
_VERB: Final = "VB"
_OTHER: Final = "NN"
# All that unstructured asks of a tagger is whether a paragraph holds a verb: these and the regular forms decide.
_VERBS: Final = frozenset(  # one string, because a hundred quoted words would be a page
    "is are was were be been being am has have had do does did can could may might must shall should will would "  # noqa: SIM905 - a hundred quoted words would fill a page
    "say says said make makes made take takes took get gets got give gives gave go goes went come comes came see sees "
    "saw know knows knew find finds found use uses show shows need needs let keep keeps kept begin begins began "
    "become becomes became contain contains include includes provide provides require requires apply applies".split()
)
_TOKEN: Final = re.compile(r"\w+(?:[.'\u2019-]\w+)*|[^\w\s]")
_REGULAR: Final = re.compile(r"[a-z]{2,}(?:ed|ing|ize|izes|ise|ises|ify|ifies)")


@dataclass(frozen=True, slots=True)
class _Words:
    """Words and marks, in time linear in the text: spaCy's own rules are quadratic on a long run without spaces."""

    vocabulary: Vocab

    def __call__(self, text: str) -> Doc:
        """Return the words of `text`, each followed by a space."""
        return Doc(self.vocabulary, words=_TOKEN.findall(text))


@Language.component("verbs_by_form")
def verbs_by_form(doc: Doc) -> Doc:
    """Tag the words of `doc` that look like English verbs as such, all others as nouns."""
    for token in doc:
        word = token.lower_
        token.tag_ = _VERB if word in _VERBS or _REGULAR.fullmatch(word) else _OTHER
    return doc


def install() -> None:
    """Give unstructured the real model where it is installed, else an English pipeline made on the spot; no network."""
    if spacy.util.is_package(_MODEL):
        return
    pipeline = spacy.blank("en")
    pipeline.tokenizer = _Words(pipeline.vocab)
    pipeline.add_pipe("sentencizer")
    pipeline.add_pipe("verbs_by_form")
    tokenize._load_spacy_model = lambda: pipeline  # noqa: SLF001 - its only way in; a test fails if it moves
