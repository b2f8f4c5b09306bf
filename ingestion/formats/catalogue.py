"""Every format that can be read: one record each.

Where the first bytes fit several, the first of them is meant.
"""

import re
from typing import Final

from ingestion.formats.record import Binary, Compound, Format, Formats, Markup, Text, Zip

_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_FORMATS: Final = "ingestion.formats"
_OFFICE_FILES: Final = f"{_FORMATS}.office"
_TABLES: Final = f"{_FORMATS}.tables"
_OPENED: Final = f"{_FORMATS}.opendocument"
_OPEN_DOCUMENT: Final = "application/vnd.oasis.opendocument"
_WORD_XML: Final = (
    "http://schemas.microsoft.com/office/word/2003/wordml",
    "http://schemas.microsoft.com/office/2006/xmlpackage",
)
_WEB_ARCHIVE: Final = r"(?=.{0,4000}content-type:\s*multipart/related)(from: <saved by|mime-version:)"
_MAIL: Final = f"{_FORMATS}.mail"
_TEXT: Final = f"{_FORMATS}.text"
_RECORDS: Final = f"{_FORMATS}.records"
_PDF: Final = f"{_FORMATS}.pdf"


def _stream(name: str) -> bytes:
    """Return the name of a compound file's stream as its directory has it."""
    return name.encode("utf-16-le")


def _dialect(*namespaces: str) -> str:
    """Return how an XML file begins whose first element is of one of `namespaces`, in lower case."""
    spaces = "|".join(map(re.escape, namespaces))
    return rf"(<\?xml[^>]*>\s*)?(<!--((?!-->).)*-->\s*|<\?[^>]*>\s*)*<[^<>?!]*(?:{spaces})"


def _flat(kind: str) -> str:
    """Return how an OpenDocument file of a `kind` begins that is one XML, in lower case."""
    return _dialect(f"{_OPEN_DOCUMENT}.{kind}")


FORMATS: Final = Formats(
    (
        Format(
            suffixes=("txt", "", "text", "log"),
            media_type="text/plain",
            container=Text(plain=True),
            reader=f"{_TEXT}.plain:read_text",
        ),
        Format(
            suffixes=("md", "markdown"),
            media_type="text/markdown",
            container=Text(markup=Markup.TAGS),
            reader=f"{_TEXT}.markdown:read_markdown",
        ),
        Format(
            suffixes=("rst",),
            media_type="text/x-rst",
            container=Text(),
            reader=f"{_TEXT}.restructured:read_restructured",
        ),
        Format(
            suffixes=("org",),
            media_type="text/org",
            container=Text(),
            reader=f"{_TEXT}.org:read_org",
        ),
        Format(
            suffixes=("fodt",),
            media_type=f"{_OPEN_DOCUMENT}.text-flat-xml",
            container=Text(opening=_flat("text"), markup=Markup.XML, dialect=True),
            reader=f"{_OPENED}.text_document:read_text_document",
        ),
        Format(
            suffixes=("fods",),
            media_type=f"{_OPEN_DOCUMENT}.spreadsheet-flat-xml",
            container=Text(opening=_flat("spreadsheet"), markup=Markup.XML, dialect=True),
            reader=f"{_OPENED}.spreadsheet:read_spreadsheet",
        ),
        Format(
            suffixes=("fodp",),
            media_type=f"{_OPEN_DOCUMENT}.presentation-flat-xml",
            container=Text(opening=_flat("presentation"), markup=Markup.XML, dialect=True),
            reader=f"{_OPENED}.slides:read_slides",
        ),
        Format(
            suffixes=("excelml",),
            media_type="application/vnd.ms-excel.2003+xml",
            container=Text(
                opening=_dialect("urn:schemas-microsoft-com:office:spreadsheet"), markup=Markup.XML, dialect=True
            ),
            reader=f"{_TABLES}.xml_workbook:read_xml_workbook",
        ),
        Format(
            suffixes=("wordml",),
            media_type="application/msword.2003+xml",
            container=Text(opening=_dialect(*_WORD_XML), markup=Markup.XML, dialect=True),
            reader=f"{_FORMATS}.exports.word_xml:read_word_xml",
        ),
        Format(
            suffixes=("mht", "mhtml"),
            media_type="multipart/related",
            container=Text(opening=_WEB_ARCHIVE, dialect=True),
            reader=f"{_FORMATS}.exports.web_archive:read_web_archive",
        ),
        Format(
            suffixes=("html", "htm", "xhtml"),
            media_type="text/html",
            container=Text(
                opening=r"(<\?xml[^>]*>\s*)?(<!--((?!-->).)*-->\s*)*<(!doctype html|html)", markup=Markup.TAGS
            ),
            reader=f"{_TEXT}.html:read_html",
        ),
        Format(
            suffixes=("xml",),
            media_type="application/xml",
            container=Text(opening=r"<\?xml", markup=Markup.XML),
            reader=f"{_RECORDS}.xml:read_xml",
        ),
        Format(
            suffixes=("csv",),
            media_type="text/csv",
            container=Text(),
            reader=f"{_TABLES}.delimited:read_csv",
        ),
        Format(
            suffixes=("tsv", "tab"),
            media_type="text/tab-separated-values",
            container=Text(),
            reader=f"{_TABLES}.delimited:read_tsv",
        ),
        Format(
            suffixes=("json",),
            media_type="application/json",
            container=Text(),
            reader=f"{_RECORDS}.json:read_json",
        ),
        Format(
            suffixes=("ndjson", "jsonl"),
            media_type="application/x-ndjson",
            container=Text(),
            reader=f"{_RECORDS}.json:read_ndjson",
        ),
        Format(
            suffixes=("eml",),
            media_type="message/rfc822",
            container=Text(),
            reader=f"{_MAIL}:read_eml",
            attaches=True,
        ),
        Format(
            suffixes=("mbox",),
            media_type="application/mbox",
            container=Text(opening=r"from [^\n]{1,300}\d\d:\d\d[^\n]{0,100}\n[!-9;-~]{1,100}:"),
            reader=f"{_MAIL}:read_mbox",
            attaches=True,
        ),
        Format(
            suffixes=("epub",),
            media_type="application/epub+zip",
            container=Zip(b"mimetypeapplication/epub+zip"),
            reader=f"{_FORMATS}.book:read_epub",
        ),
        Format(
            suffixes=("odt", "ott"),
            media_type=f"{_OPEN_DOCUMENT}.text",
            container=Zip(f"mimetype{_OPEN_DOCUMENT}.text".encode()),
            reader=f"{_OPENED}.text_document:read_text_document",
        ),
        Format(
            suffixes=("ods", "ots"),
            media_type=f"{_OPEN_DOCUMENT}.spreadsheet",
            container=Zip(f"mimetype{_OPEN_DOCUMENT}.spreadsheet".encode()),
            reader=f"{_OPENED}.spreadsheet:read_spreadsheet",
        ),
        Format(
            suffixes=("odp", "otp"),
            media_type=f"{_OPEN_DOCUMENT}.presentation",
            container=Zip(f"mimetype{_OPEN_DOCUMENT}.presentation".encode()),
            reader=f"{_OPENED}.slides:read_slides",
        ),
        Format(
            suffixes=("docx", "docm"),
            media_type=f"{_OFFICE}.wordprocessingml.document",
            container=Zip(b"word/"),
            reader=f"{_OFFICE_FILES}.word.document:read_docx",
        ),
        Format(
            suffixes=("pptx", "pptm"),
            media_type=f"{_OFFICE}.presentationml.presentation",
            container=Zip(b"ppt/"),
            reader=f"{_OFFICE_FILES}.slides.presentation:read_pptx",
        ),
        Format(
            suffixes=("xlsx", "xlsm"),
            media_type=f"{_OFFICE}.spreadsheetml.sheet",
            container=Zip(b"xl/"),
            reader=f"{_TABLES}.workbook:read_workbook",
        ),
        Format(
            suffixes=("doc",),
            media_type="application/msword",
            container=Compound(_stream("WordDocument")),
            reader=f"{_FORMATS}.refusals:refuse_old_office",
        ),
        Format(
            suffixes=("ppt",),
            media_type="application/vnd.ms-powerpoint",
            container=Compound(_stream("PowerPoint Document")),
            reader=f"{_FORMATS}.refusals:refuse_old_office",
        ),
        Format(
            suffixes=("xls",),
            media_type="application/vnd.ms-excel",
            container=Compound(_stream("Workbook")),
            reader=f"{_TABLES}.old_workbook:read_old_workbook",
        ),
        Format(
            suffixes=("msg",),
            media_type="application/vnd.ms-outlook",
            container=Compound(_stream("__substg1.0_")),
            reader=f"{_MAIL}:read_msg",
            attaches=True,
        ),
        Format(
            suffixes=("pdf",),
            media_type="application/pdf",
            container=Binary(rb".{0,1019}%PDF-"),
            reader=f"{_PDF}:read_pdf",
        ),
        Format(
            suffixes=("bmp",),
            media_type="image/bmp",
            container=Binary(rb"BM.{4}\0{4}"),
            reader=f"{_PDF}:read_image",
        ),
        Format(
            suffixes=("webp",),
            media_type="image/webp",
            container=Binary(rb"RIFF.{4}WEBP"),
            reader=f"{_PDF}:read_image",
        ),
        Format(
            suffixes=("heic", "heif"),
            media_type="image/heic",
            container=Binary(rb".{4}ftyp(heic|heix|mif1|heif)"),
            reader=f"{_PDF}:read_image",
        ),
        Format(
            suffixes=("rtf",),
            media_type="application/rtf",
            container=Binary(rb"\{\\rtf"),
            reader=f"{_TEXT}.rich_text:read_rtf",
        ),
        Format(
            suffixes=("png",),
            media_type="image/png",
            container=Binary(rb"\x89PNG\r\n\x1a\n"),
            reader=f"{_PDF}:read_image",
        ),
        Format(
            suffixes=("jpg", "jpeg"),
            media_type="image/jpeg",
            container=Binary(rb"\xff\xd8\xff"),
            reader=f"{_PDF}:read_image",
        ),
        Format(
            suffixes=("tiff", "tif"),
            media_type="image/tiff",
            container=Binary(rb"II\*\0|MM\0\*"),
            reader=f"{_PDF}:read_image",
        ),
    )
)
