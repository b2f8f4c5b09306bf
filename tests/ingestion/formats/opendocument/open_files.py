"""OpenDocument files written as XML."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_URN: Final = "urn:oasis:names:tc:opendocument:xmlns"
_KINDS: Final = {"odt": "text", "ods": "spreadsheet", "odp": "presentation"}
_OWN: Final = ("office", "text", "table", "style", "meta", "chart", "presentation")
SPACES: Final = " ".join(
    [
        *(f'xmlns:{name}="{_URN}:{name}:1.0"' for name in _OWN),
        f'xmlns:draw="{_URN}:drawing:1.0"',
        f'xmlns:fo="{_URN}:xsl-fo-compatible:1.0"',
        f'xmlns:svg="{_URN}:svg-compatible:1.0"',
        'xmlns:dc="http://purl.org/dc/elements/1.1/"',
        'xmlns:xlink="http://www.w3.org/1999/xlink"',
    ]
)


def content(kind: str, body: str, styles: str = "") -> str:
    """Return the content of a document of a `kind`, such as "text"."""
    return (
        f"<office:document-content {SPACES}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )


def write_document(
    path: Path, body: str, *, styles: str = "", meta: str = "", parts: Mapping[str, str] | None = None
) -> Path:
    """Write a document of the kind that the end of `path` says, with `body` in it."""
    kind = _KINDS[path.suffix.lstrip(".")]
    members = {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}",
        "content.xml": content(kind, body, styles),
        "meta.xml": f"<office:document-meta {SPACES}><office:meta>{meta}</office:meta></office:document-meta>",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**members, **(parts or {})}.items():
            archive.writestr(name, text)
    return path
