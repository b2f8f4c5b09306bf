"""Turns text into weighted terms for the sparse half of a search, in whatever language and script it is."""

from typing import Final

from tenancy.models.terms.asked import AskedTerm, asked_terms, halves, question_weights
from tenancy.models.terms.bm25 import document_weights, idf, keyed_sparse, term_id
from tenancy.models.terms.counts import document_counts, term_counts
from tenancy.models.terms.forms import is_form, places_of_date, places_of_number, roots_of
from tenancy.models.terms.languages import ENGLISH

# Counts up when equal texts get other terms than before: what is stored of them must be made anew.
TERMS: Final = 2
STOP_WORDS: Final = ENGLISH.stop_words

__all__ = [
    "STOP_WORDS",
    "TERMS",
    "AskedTerm",
    "asked_terms",
    "document_counts",
    "document_weights",
    "halves",
    "idf",
    "is_form",
    "keyed_sparse",
    "places_of_date",
    "places_of_number",
    "question_weights",
    "roots_of",
    "term_counts",
    "term_id",
]
