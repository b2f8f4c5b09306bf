"""A package gives its parts in Transitional names, and counts and names those it cannot read."""

from pathlib import Path

import pytest

from ingestion.formats.content import ReadingWarning, WarningCode
from ingestion.formats.office.namespaces import W
from ingestion.formats.office.package import Package, Relation
from ingestion.parse.outcome import ParseFailed
from tests.ingestion.formats.office.made_parts import OFFICE, packed, relationships

_MAIN = "word/document.xml"
_STRICT = "http://purl.oclc.org/ooxml"


def _unread(part: str) -> list[ReadingWarning]:
    return [ReadingWarning(WarningCode.PART_UNREAD, part=part)]


def test_targets_are_found_from_the_part_that_names_them(tmp_path: Path) -> None:
    relations = {"a": ("footnotes", "notes.xml"), "b": ("image", "/media/b.png"), "c": ("theme", "..\\theme.xml#x")}
    path = packed(tmp_path / "a.docx", {"word/_rels/document.xml.rels": relationships(relations)})
    with Package(path, _MAIN) as package:
        found = package.relations(package.main)
    assert dict(found) == {
        "a": Relation("footnotes", "word/notes.xml"),
        "b": Relation("image", "media/b.png"),
        "c": Relation("theme", "theme.xml"),
    }


def test_main_part_is_the_one_the_file_names(tmp_path: Path) -> None:
    relations = relationships({"a": ("officeDocument", "Word/Main.XML")})
    path = packed(tmp_path / "a.docx", {"_rels/.rels": relations, "word/main.xml": "<w:document/>"})
    with Package(path, _MAIN) as package:
        assert package.main_root("document").tag == f"{W}document"
    assert package.warnings == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_strict_names_become_transitional(tmp_path: Path, encoding: str) -> None:
    xml = (
        f'<w:document xmlns:w="{_STRICT}/wordprocessingml/main" xmlns:r="{_STRICT}/officeDocument/relationships">'
        f'<w:p w:a="1" r:id="2">{_STRICT}/wordprocessingml/main</w:p></w:document>'
    )
    path = packed(tmp_path / "a.docx", {_MAIN: f'<?xml version="1.0" encoding="{encoding}"?>{xml}'.encode(encoding)})
    with Package(path, _MAIN) as package:
        paragraph = package.main_root("document")[0]
    assert paragraph.tag == f"{W}p"
    assert dict(paragraph.attrib) == {f"{W}a": "1", f"{{{OFFICE}/officeDocument/2006/relationships}}id": "2"}
    assert paragraph.text == f"{_STRICT}/wordprocessingml/main"


def test_missing_part_is_a_warning_by_its_name(tmp_path: Path) -> None:
    with Package(packed(tmp_path / "a.docx", {}), _MAIN) as package:
        assert package.root("word/footnotes.xml", "footnotes") is None
        assert package.root("word/footnotes.xml", "footnotes") is None
    assert (package.parts, package.warnings) == (2, _unread("footnotes"))


def test_damaged_part_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.docx", {"word/footnotes.xml": b"<a><b>kept</b><b>cut"})
    with Package(path, _MAIN) as package:
        root = package.root("word/footnotes.xml", "footnotes")
    assert root is not None
    assert [each.text for each in root] == ["kept", "cut"]
    assert package.warnings == _unread("footnotes")


def test_file_without_its_main_part_is_damaged(tmp_path: Path) -> None:
    with Package(packed(tmp_path / "a.docx", {}), _MAIN) as package, pytest.raises(ParseFailed) as failure:
        package.main_root("document")
    assert failure.value.code == "damaged"


def test_content_type_is_by_name_or_by_ending(tmp_path: Path) -> None:
    types = (
        f'<Types xmlns="{OFFICE}/package/2006/content-types"><Default Extension="dat" ContentType="text/html"/>'
        '<Override PartName="/word/a.dat" ContentType="application/rtf"/></Types>'
    )
    with Package(packed(tmp_path / "a.docx", {"[Content_Types].xml": types.encode()}), _MAIN) as package:
        found = [package.content_type(part) for part in ("word/a.dat", "word/b.DAT", "word/c.xml")]
    assert found == ["application/rtf", "text/html", ""]


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    xml = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>one &b; two</a>'
    with Package(packed(tmp_path / "a.docx", {_MAIN: xml}), _MAIN) as package:
        assert "root:" not in "".join(package.main_root("document").itertext())
