"""The ways in which the naive server leaks, each one as real services did."""

from enum import StrEnum
from typing import Final


class Leak(StrEnum):
    """One leak, which can be switched on by itself, so that what finds it can be shown to find it."""

    # A gateway was meant to set this header; the service is also reachable without the gateway, and the header wins.
    HEADER_WINS = "header wins"
    # A tenant id as a field of the request, with the caller's own as default: anyone may name another.
    BODY_WINS = "body wins"
    # Collection names allow few characters, so names are sanitised, and two tenants become one partition.
    NAMES_FOLDED = "names folded"
    # The row is loaded by its primary key, and the check of the owner was lost when the loader was rewritten.
    READ_UNCHECKED = "read unchecked"
    # The main read checks the owner; the download, added later, has its own loader.
    DOWNLOAD_UNCHECKED = "download unchecked"
    # Reads check the owner, other verbs do not.
    DELETE_UNCHECKED = "delete unchecked"
    # Chat histories are looked up by their id alone: who guesses it reads along.
    CONVERSATION_UNCHECKED = "conversation unchecked"
    # Loads first and checks after: 403 and the owner's file name for a foreign id, 404 for an absent one.
    FOREIGN_TOLD = "foreign told"
    # Auto-increment over all tenants: ids can be guessed, and their gaps count what others upload.
    SEQUENTIAL_IDS = "sequential ids"
    # Document ids are hashes of the content, so an upload tells whether anybody else has the same file.
    DUPLICATES_SHARED = "duplicates shared"
    # An answer cache keyed by the question, put before the code that knows the tenant.
    ANSWERS_CACHED = "answers cached"
    # Inverse document frequencies of the one index: scores and ranks move with other tenants' words.
    TERMS_COUNTED = "terms counted"
    # Nearest neighbours of the whole collection first, the tenant's filter afterwards: others crowd hits out.
    FILTERED_AFTERWARDS = "filtered afterwards"
    # The client's filter is merged over the tenant's, so it can replace it.
    FILTER_REPLACED = "filter replaced"
    # `if ids:` takes an empty list of documents for no filter at all, the tenant's included.
    EMPTY_MEANS_ALL = "empty means all"
    # "Similar documents" was written as a second query, without the filter.
    RELATED_UNFILTERED = "related unfiltered"
    # Autocompletion reads the vocabulary of the index.
    WORDS_SUGGESTED = "words suggested"
    # Deleting marks the document; its chunks stay in the index and go on answering.
    CHUNKS_STAY = "chunks stay"
    # The length of the whole collection beside a filtered page.
    TOTALS_SHARED = "totals shared"
    # The queue's admin view, mounted on the public API.
    JOBS_SHARED = "jobs shared"
    # An unknown field of a filter is reported together with the row that does not have it.
    ROWS_IN_ERRORS = "rows in errors"
    # Hits are returned as the store returned them, vectors included.
    VECTORS_RETURNED = "vectors returned"
    # The browser renders an answer's markdown: an image's address carries the answer away.
    IMAGES_RENDERED = "images rendered"
    # The model takes an order in a document for one of the user's.
    ORDERS_OBEYED = "orders obeyed"
    # Left from development, without a key: what is cached and who asked last.
    STATE_SHOWN = "state shown"
    # Metrics labelled by tenant and file.
    FILES_IN_METRICS = "files in metrics"
    # A file's name is shown with its line ends and direction marks: on a screen it is another name than it is.
    MARKS_KEPT = "marks kept"
    # A proxy or a browser shared by two accounts may keep a document.
    PUBLIC_CACHING = "public caching"
    # The tenant of the request in a module's variable: the next request overwrites it while the first one waits.
    TENANT_AMBIENT = "tenant ambient"


EVERY_LEAK: Final = frozenset(Leak)
NAIVE: Final = EVERY_LEAK - {Leak.TENANT_AMBIENT}
"""What the server does unless told otherwise. A racing variable would also keep tenants from finding what is theirs,
and so would only show that the service is broken."""
