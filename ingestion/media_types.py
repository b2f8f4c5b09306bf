"""The media type of each type of file that can be read (IANA's registry)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from ingestion.parse import FileType

_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
MEDIA_TYPES: Final[Mapping[FileType, str]] = MappingProxyType(
    {
        FileType.TXT: "text/plain",
        FileType.MD: "text/markdown",
        FileType.HTML: "text/html",
        FileType.XML: "application/xml",
        FileType.CSV: "text/csv",
        FileType.TSV: "text/tab-separated-values",
        FileType.JSON: "application/json",
        FileType.NDJSON: "application/x-ndjson",
        FileType.RST: "text/x-rst",
        FileType.ORG: "text/org",
        FileType.RTF: "application/rtf",
        FileType.EML: "message/rfc822",
        FileType.MSG: "application/vnd.ms-outlook",
        FileType.PDF: "application/pdf",
        FileType.DOCX: f"{_OFFICE}.wordprocessingml.document",
        FileType.PPTX: f"{_OFFICE}.presentationml.presentation",
        FileType.XLSX: f"{_OFFICE}.spreadsheetml.sheet",
        FileType.XLS: "application/vnd.ms-excel",
        FileType.ODT: "application/vnd.oasis.opendocument.text",
        FileType.EPUB: "application/epub+zip",
        FileType.DOC: "application/msword",
        FileType.PPT: "application/vnd.ms-powerpoint",
        FileType.PNG: "image/png",
        FileType.JPEG: "image/jpeg",
        FileType.TIFF: "image/tiff",
        FileType.BMP: "image/bmp",
        FileType.WEBP: "image/webp",
        FileType.HEIC: "image/heic",
    }
)
