"""What of the example tenants must lie nowhere in the clear, read with the product's own parsers and model."""

import json
from pathlib import Path
from typing import Final

from ingestion.formats.catalogue import FORMATS
from ingestion.parse.outcome import Limits
from tenancy.models.encoders.encoder import NICENESS
from tenancy.models.encoders.installed import chosen, sources
from tenancy.values.embedded_text import EmbeddedText, carried_heading, embedded_text
from tests.promise.needles import Needles

_BATCH: Final = 16


def example_needles(examples: Path) -> Needles:
    """Return the needles of every example tenant below `examples`."""
    # The parsers take seconds to import, and every collection of the tests would wait for them.
    from ingestion.formats.extract import extract  # noqa: PLC0415 - see above
    from ingestion.parse.document import preload  # noqa: PLC0415 - see above

    needles = Needles()
    tenants = sorted(path.parent for path in examples.glob("*/tenant.json"))
    # A tenant's own name is known to the operator and stands in the registry.
    names = [json.loads((tenant / "tenant.json").read_text(encoding="utf-8"))["name"] for tenant in tenants]
    measures = preload()
    embedded: list[EmbeddedText] = []
    for tenant in tenants:
        add_questions(needles, tenant)
        for path in documents(tenant):
            add_file(needles, path)
            extracted = extract(path, FORMATS.named(path.suffix[1:]), Limits(), measures)
            needles.sentences(f"sentence of {path.name}", extracted.text, ignore=names)
            embedded += [
                EmbeddedText(
                    embedded_text(
                        extracted.title,
                        extracted.text[piece.start : piece.end],
                        carried_heading(piece.layout, piece.start),
                    )
                )
                for piece in extracted.chunks
            ]
    model = chosen(sources(None), None).load(NICENESS)
    for start in range(0, len(embedded), _BATCH):
        needles.vectors("vector", model.embed(embedded[start : start + _BATCH]).vectors)
    return needles


def documents(tenant: Path) -> list[Path]:
    """Return the documents of one example tenant."""
    return sorted((tenant / "documents").iterdir())


def add_file(needles: Needles, path: Path) -> None:
    """Look for a file's name, its bytes and its digest."""
    needles.text("file name", [path.name, path.stem])
    needles.original(path.name, path.read_bytes())


def add_questions(needles: Needles, tenant: Path) -> None:
    """Look for the secrets and the questions of one example tenant."""
    secrets = json.loads((tenant / "secrets.json").read_text(encoding="utf-8"))
    questions = json.loads((tenant / "questions.json").read_text(encoding="utf-8"))
    needles.text("secret", [each["secret"] for each in secrets])
    needles.text("question", [each["question"] for each in [*secrets, *questions]])
