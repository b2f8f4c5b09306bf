"""What there is to know of a file format, and what makes a set of formats whole."""

import pkgutil
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, final

if TYPE_CHECKING:  # a reader runs in the parser processes; here it is a name, and its libraries stay out
    from ingestion.formats.content import Content
    from ingestion.parse.outcome import Limits

    Reader = Callable[[Path, Limits], Content]

_NAME = re.compile(r"[a-z0-9]+")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")
_READER = re.compile(r"[a-z_.]+:[a-z_]+")


class Markup(StrEnum):
    """What is refused in a text before it is read."""

    NONE = "none"
    TAGS = "tags"
    """Tags that are nested without end."""
    XML = "xml"
    """The same, and entities."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Characters in some encoding: the name decides which format.

    `opening` is a regular expression for how a text begins that is of this format although its name says nothing;
    the name of a `plain` one says nothing but that it is text. A `dialect` begins so surely that its opening wins over
    a name that says it is XML.
    """

    opening: str = ""
    plain: bool = False
    dialect: bool = False
    markup: Markup = Markup.NONE


@final
@dataclass(frozen=True, slots=True)
class Zip:
    """A ZIP archive, with what stands among its first bytes in files of this format and of no earlier one."""

    mark: bytes


@final
@dataclass(frozen=True, slots=True)
class Compound:
    """Microsoft's compound file, likewise; a protected Office file of any age is in one, too."""

    mark: bytes


@final
@dataclass(frozen=True, slots=True)
class Binary:
    """A file of its own kind: its first bytes match a regular expression, which makes it certain."""

    magic: bytes


Container = Text | Zip | Compound | Binary
Kind = TypeVar("Kind", Text, Zip, Compound, Binary)


class WrongFormat(ValueError):
    """A record or a set of them is not whole; the message says which, and what is wrong with it."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """All that is known of a file format, so that a new one is one record."""

    suffixes: tuple[str, ...]
    """The ends of names, in lower case; by the first of them it is called, and a parser's own copy ends in it."""
    media_type: str
    """As in IANA's registry."""
    container: Container
    reader: str
    """The function that reads it, as `module:function`; it takes the file's path and the limits."""
    attaches: bool = False
    """It carries other files, which are read with it; attached to another it is not read itself."""

    def __post_init__(self) -> None:
        """Raise WrongFormat for what types cannot say."""
        if not self.suffixes or not self.suffixes[0]:
            raise WrongFormat("A format is called by its first suffix: it has one.")
        if not all(_NAME.fullmatch(suffix) for suffix in self.suffixes if suffix):
            raise WrongFormat(f"{self.name}: suffixes are lower-case letters and digits, without a dot.")
        if _MEDIA_TYPE.fullmatch(self.media_type) is None:
            raise WrongFormat(f"{self.name}: {self.media_type!r} is no media type, such as text/plain.")
        if _READER.fullmatch(self.reader) is None:
            raise WrongFormat(f"{self.name}: {self.reader!r} is no reader, such as module:function.")
        if self.container in {Zip(b""), Compound(b""), Binary(b"")}:
            raise WrongFormat(f"{self.name}: nothing would tell it from other files.")

    @property
    def name(self) -> str:
        """What the format is called."""
        return self.suffixes[0]

    def load(self) -> "Reader":
        """Import the reader; its libraries take seconds, and belong into the parser processes."""
        reader: Reader = pkgutil.resolve_name(self.reader)
        return reader

    def read(self, path: Path, limits: "Limits") -> "Content":
        """Read the file at `path`. Raises ParseFailed, and what the libraries raise on damaged files."""
        return self.load()(path, limits)


@final
class Formats:
    """A set of formats, in the order in which they are tried where several could be meant."""

    def __init__(self, records: Sequence[Format]) -> None:
        """Raise WrongFormat where two records claim the same suffix."""
        self._records = tuple(records)
        self._by_suffix: dict[str, Format] = {}
        for record in self._records:
            for suffix in record.suffixes:
                if suffix in self._by_suffix:
                    raise WrongFormat(
                        f"{record.name}: files that end in {suffix!r} are {self._by_suffix[suffix].name}."
                    )
                self._by_suffix[suffix] = record

    def __iter__(self) -> Iterator[Format]:
        return iter(self._records)

    def within(self, kind: type[Kind]) -> Iterator[tuple[Format, Kind]]:
        """Yield the formats with one kind of container, and that."""
        for record in self._records:
            if isinstance(record.container, kind):
                yield record, record.container

    def named(self, name: str) -> Format:
        """Return the format that is called `name`; KeyError where none is."""
        return self._by_suffix[name]

    def of_suffix(self, suffix: str) -> Format | None:
        """Return the format of files that end in `suffix`, in lower case and without its dot; None where none is."""
        return self._by_suffix.get(suffix)
