"""Recognise what belongs inside a service and not into an answer: vectors, ciphertext, traces, queries, prompts."""

import base64
import binascii
import json
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What was recognised."""

    VECTOR = "vector"
    BLOB = "ciphertext-like blob"
    TRACE = "stack trace"
    QUERY = "database query or error"
    PATH = "path on the server"
    NAME = "name of a collection or partition"
    PROMPT = "prompt"
    ADDRESS = "address of an inner service"


@dataclass(frozen=True, slots=True)
class Internal:
    """One thing that an answer should not hold: where it stands, and its beginning."""

    kind: Kind
    path: str
    text: str


_LONGEST_ROW: Final = 16  # numbers with a fraction in one list: no page of scores is asked for with so many
_BLOB: Final = re.compile(r"(?<![\w+/=-])(?:[A-Za-z0-9+/_-]{80,}={0,2}|(?:[0-9a-f]{2}){48,})(?![\w+/=-])")
_BITS_A_BYTE: Final = 5.0
_FLOAT_BYTES: Final = 4
_OPAQUE: Final = re.compile(
    r"(token|secret|cursor|signature|jws|sha\d*|digest|hash|etag|checksum|jwk|kid|x5c)", re.IGNORECASE
)
_OWN_KEYS: Final = re.compile(r"^\$\.keys\[\d+\]\.(x|y|n|e)$")
_VECTOR_NAMES: Final = re.compile(r"^(dense_|sparse_)?(vector|embedding)s?$", re.IGNORECASE)
_STORE_NAMES: Final = frozenset(
    {
        "collection",
        "collection_name",
        "collectionname",
        "namespace",
        "partition",
        "partition_key",
        "index_name",
        "shard",
    }
    | {"point_id", "internal_id", "_index", "_shard", "__tablename__", "table_name"}
)
_TEXTS: Final[Mapping[Kind, re.Pattern[str]]] = {
    Kind.TRACE: re.compile(
        r"Traceback \(most recent call last\)|\bFile \"[^\"\n]+\", line \d+|^\s+at [\w.$<>]+\([\w.]+:\d+\)"
        r"|\bgoroutine \d+ \[|panicked at|<[\w.]+ object at 0x[0-9a-f]+>|\b[A-Z]\w+\((?:id|document)=",
        re.MULTILINE,
    ),
    Kind.QUERY: re.compile(
        r"\bSELECT\s.{1,300}\sFROM\s+\w+|\bINSERT INTO \w+ \(|\bsqlalchemy\.|\bpsycopg|\basyncpg\.|sqlite3\.\w+Error"
        r"|\bMATCH \(\w+:\w+\)|relation \"\w+\" does not exist|\bsqlalche\.me/",
        re.DOTALL,
    ),
    Kind.PATH: re.compile(
        r"(?:/usr/(?:local/)?lib|/home|/root|/app|/srv|/opt|/var/lib|/tmp)/[\w./-]{4,}|site-packages/"
    ),
    Kind.PROMPT: re.compile(
        r"\byou are (?:a|an|the) [\w ,-]{0,60}\b(?:assistant|chatbot|model)\b|<\|(?:system|im_start)\|?>?|\[/?INST\]"
        r"|\banswer (?:only )?from the (?:given )?(?:context|documents) only\b",
        re.IGNORECASE,
    ),
    Kind.ADDRESS: re.compile(
        r"\b(?:postgres(?:ql)?|redis|mongodb|amqp|mysql|bolt)(?:\+\w+)?://|\b(?:qdrant|redis|postgres|weaviate|milvus):\d{4,5}\b"
    ),
}


def internals(
    body: str, parsed: object, allowed: frozenset[str] = frozenset(), clean: set[str] | None = None
) -> list[Internal]:
    """Return everything in an answer that belongs inside; `allowed` are texts that the caller is to know.

    An answer that is a line of JSON after the other is read line by line, so that the names of its fields count. A
    line in `clean` is passed over: with these `allowed` nothing was found in it, and it stands in many answers.
    """
    if parsed is not None:
        return list(_in_node(parsed, "$", "", allowed))
    lines = _json_lines(body)
    if lines is None:
        return list(_in_text(body, "", "", allowed))
    found, clean = list[Internal](), set() if clean is None else clean
    for number, (line, node) in enumerate(lines):
        here = [] if line in clean else list(_in_node(node, f"$[{number}]", "", allowed))
        found += here
        if not here:
            clean.add(line)
    return found


def _json_lines(body: str) -> list[tuple[str, object]] | None:
    """Return JSON lines, each with the object that it holds; None where any line is something else."""
    try:
        lines: list[tuple[str, object]] = [(line, json.loads(line)) for line in body.splitlines() if line.strip()]
    except ValueError:
        return None
    return lines if lines and all(isinstance(node, dict) for _, node in lines) else None


def _in_node(node: object, path: str, name: str, allowed: frozenset[str]) -> Iterator[Internal]:
    if isinstance(node, str):
        if name.lower() in _STORE_NAMES and node:
            yield Internal(Kind.NAME, path, node)
        yield from _in_text(node, path, name, allowed)
    elif isinstance(node, Mapping):
        for inner, value in node.items():
            yield from _in_node(value, f"{path}.{inner}", str(inner), allowed)
    elif isinstance(node, list):
        if _is_vector(node, name):
            yield Internal(Kind.VECTOR, path, str(node[:2]))
            return
        for index, value in enumerate(node):
            yield from _in_node(value, f"{path}[{index}]", name, allowed)


def _is_vector(row: list[object], name: str) -> bool:
    """Tell whether a list is a vector: many fractions, or numbers under a vector's name."""
    numbers = [one for one in row if isinstance(one, int | float) and not isinstance(one, bool)]
    if not numbers or len(numbers) < len(row):
        return False
    fractions = sum(isinstance(one, float) and not one.is_integer() for one in numbers)
    return (len(row) >= _LONGEST_ROW and fractions > len(row) / 2) or bool(_VECTOR_NAMES.match(name))


def _in_text(text: str, path: str, name: str, allowed: frozenset[str]) -> Iterator[Internal]:
    if text in allowed:
        return
    for kind, pattern in _TEXTS.items():
        if (found := pattern.search(text)) is not None:
            yield Internal(kind, path, found[0][:200])
    if _OPAQUE.search(name) or _OWN_KEYS.match(path):
        return
    for blob in _BLOB.finditer(text):
        if blob[0] not in allowed and _is_sealed(blob[0]):
            yield Internal(Kind.VECTOR if _VECTOR_NAMES.match(name) else Kind.BLOB, path, blob[0])


def _is_sealed(blob: str) -> bool:
    """Tell whether a run of letters is bytes that look like chance: no text, no ordinary numbers."""
    raw = _bytes(blob)
    if raw is None or _is_text(raw):
        return False
    counted = Counter(raw)
    bits = -sum(count / len(raw) * math.log2(count / len(raw)) for count in counted.values())
    return bits >= _BITS_A_BYTE


def _bytes(blob: str) -> bytes | None:
    try:
        if re.fullmatch(r"[0-9a-f]+", blob):
            return bytes.fromhex(blob)
        bare = blob.rstrip("=").translate(str.maketrans("-_", "+/"))
        return base64.b64decode(bare + "=" * (-len(bare) % _FLOAT_BYTES), validate=True)
    except (binascii.Error, ValueError):
        return None


def _is_text(raw: bytes) -> bool:
    try:
        return raw.decode("utf-8").isprintable()
    except UnicodeDecodeError:
        return False
