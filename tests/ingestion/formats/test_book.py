"""A book is read chapter by chapter in the order of its spine."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from ingestion.formats.book import read_epub
from ingestion.formats.content import Content, Passage, ReadingWarning, WarningCode
from ingestion.parse.outcome import Limits, ParseFailed

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata
xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The harbour</dc:title></metadata><manifest>
<item id="n" href="nav.xhtml" properties="nav"/><item id="a" href="text/a%20b.xhtml"/><item id="b" href="b.xhtml"/>
</manifest><spine><itemref idref="n"/><itemref idref="b"/><itemref idref="a" linear="no"/></spine></package>"""
ENCRYPTED = (
    '<encryption xmlns="urn:x"><EncryptedData><CipherData><CipherReference URI="{}"/></CipherData></EncryptedData>'
    "</encryption>"
)


def _page(body: str) -> str:
    return f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>{body}</body></html>'


FILES = {
    "META-INF/container.xml": CONTAINER,
    "OPS/book.opf": PACKAGE,
    "OPS/nav.xhtml": _page("<p>Contents</p>"),
    "OPS/b.xhtml": _page(
        '<h1>One</h1><p>First&nbsp;<a href="#n">1</a>.</p><script src="x"/><aside id="n">Note.</aside>'
    ),
    "OPS/text/a b.xhtml": _page("<p>Second.</p>"),
}


def _read(tmp_path: Path, files: Mapping[str, str | bytes]) -> Content:
    path = tmp_path / "document.epub"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return read_epub(path, Limits())


def _texts(content: Content) -> list[str]:
    return [block.text for block in content.blocks if isinstance(block, Passage)]


def test_chapters_are_read_in_the_order_of_the_spine(tmp_path: Path) -> None:
    content = _read(tmp_path, FILES)
    assert _texts(content) == ["One", "First 1.", "Note.", "Second."]
    assert (content.title, content.parts, content.warnings) == ("The harbour", 2, [])


@pytest.mark.parametrize("missing", ["META-INF/container.xml", "OPS/book.opf"])
def test_a_book_without_its_lists_is_read(tmp_path: Path, missing: str) -> None:
    content = _read(tmp_path, {name: page for name, page in FILES.items() if name != missing})
    assert {"First 1.", "Second."} <= set(_texts(content))


def test_a_missing_chapter_fails_alone(tmp_path: Path) -> None:
    content = _read(tmp_path, {name: page for name, page in FILES.items() if name != "OPS/b.xhtml"})
    assert _texts(content) == ["Second."]
    assert content.warnings == [ReadingWarning(WarningCode.PART_UNREAD, part="b.xhtml")]
    assert content.parts == 2


def test_a_book_of_no_chapter_is_damaged(tmp_path: Path) -> None:
    files = {name: page for name, page in FILES.items() if not name.endswith(".xhtml")}
    with pytest.raises(ParseFailed) as failed:
        _read(tmp_path, files)
    assert failed.value.code == "damaged"


def test_a_protected_book_is_told_from_one_with_hidden_fonts(tmp_path: Path) -> None:
    with pytest.raises(ParseFailed) as failed:
        _read(tmp_path, FILES | {"META-INF/encryption.xml": ENCRYPTED.format("OPS/b.xhtml")})
    assert failed.value.code == "encrypted"
    assert _texts(_read(tmp_path, FILES | {"META-INF/encryption.xml": ENCRYPTED.format("OPS/font.otf")}))


def test_a_chapter_is_read_in_its_encoding(tmp_path: Path) -> None:
    page = '<?xml version="1.0" encoding="windows-1251"?><html><body><p>Ключ</p></body></html>'
    assert "Ключ" in _texts(_read(tmp_path, {**FILES, "OPS/b.xhtml": page.encode("cp1251")}))
