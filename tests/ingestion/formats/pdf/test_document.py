"""A PDF with its account: pages without text, notes, form fields, embedded files, title."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from ingestion.chunk import BlockKind
from ingestion.formats.content import Passage, ReadingWarning, WarningCode
from ingestion.formats.pdf import read_image
from ingestion.formats.pdf.recognition import is_installed
from ingestion.parse.outcome import ParseFailed
from tests.ingestion.formats.pdf.made import LIMITS, Leaf, column, made_pdf, read, shown, stream, texts
from tests.services import requires

TEXT = column(70, 780, ["The northern crane was inspected by two engineers."])
SENTENCE = "The northern crane was inspected by two engineers."
GREY = stream(b"\x80", "/Type /XObject /Subtype /Image /Width 1 /Height 1 /BitsPerComponent 8 /ColorSpace /DeviceGray")
PICTURE = b"q 595 0 0 842 0 0 cm /X Do Q\n"


def _scan(text: str, size: tuple[int, int] = (1240, 1754)) -> Image.Image:
    picture = Image.new("L", size, 255)
    ImageDraw.Draw(picture).text((150, 200), text, fill=0, font_size=40)
    return picture


def _packed(picture: Image.Image) -> bytes:
    width, height = picture.size
    more = f"/Type /XObject /Subtype /Image /Width {width} /Height {height} /BitsPerComponent 8 /ColorSpace /DeviceGray"
    return stream(picture.tobytes(), more)


def test_a_page_without_text_is_a_warning_and_a_blank_one_is_not(tmp_path: Path) -> None:
    found = read(tmp_path, made_pdf([TEXT, PICTURE, b""], more=[GREY]))
    assert texts(found) == [SENTENCE]
    assert found.warnings == [ReadingWarning(WarningCode.PAGE_WITHOUT_TEXT, page=2)]
    assert (found.pages, found.parts) == (3, 3)


def test_a_scanned_page_below_a_running_header_is_a_warning(tmp_path: Path) -> None:
    header = shown(70, 810, "The harbour book", size=9)
    found = read(tmp_path, made_pdf([header + TEXT, header + PICTURE, header + TEXT], more=[GREY]))
    assert found.warnings == [ReadingWarning(WarningCode.PAGE_WITHOUT_TEXT, page=2)]


def test_what_lies_beyond_the_shown_part_of_a_page_is_not_read(tmp_path: Path) -> None:
    both = shown(50, 700, "The left half of a spread.") + shown(350, 700, "The right half of it.")
    found = read(tmp_path, made_pdf([Leaf(both, "/CropBox [0 0 300 842]"), Leaf(both, "/CropBox [300 0 595 842]")]))
    assert found.blocks == [
        Passage("The left half of a spread.", page=1),
        Passage("The right half of it.", page=2),
    ]


def test_a_scanned_page_is_recognised(tmp_path: Path) -> None:
    requires("tesseract")
    found = read(tmp_path, made_pdf([TEXT, PICTURE], more=[_packed(_scan("Penalty 5000 crowns"))]))
    assert found.blocks[1] == Passage("Penalty 5000 crowns", page=2)
    assert found.warnings == [ReadingWarning(WarningCode.TEXT_RECOGNISED, page=2)]


def test_pages_past_the_limit_are_not_recognised(tmp_path: Path) -> None:
    pdf = made_pdf([TEXT, PICTURE], more=[_packed(_scan("Penalty 5000 crowns"))])
    found = read(tmp_path, pdf, replace(LIMITS, ocr_pages=0))
    assert found.warnings == [ReadingWarning(WarningCode.PAGE_WITHOUT_TEXT, page=2)]


def test_pictures_only_fail_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ParseFailed) as failed:
        read(tmp_path, made_pdf([PICTURE], more=[GREY]))
    assert failed.value.code == ("no_text" if is_installed() else "needs_ocr")


def test_a_picture_of_two_frames_has_two_pages(tmp_path: Path) -> None:
    requires("tesseract")
    path = tmp_path / "document.tiff"
    frames = [_scan("Penalty 5000 crowns"), _scan("The harbour is closed"), Image.new("L", (600, 600), 255)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    found = read_image(path, LIMITS)
    assert [block for block in found.blocks if isinstance(block, Passage)] == [
        Passage("Penalty 5000 crowns", page=1),
        Passage("The harbour is closed", page=2),
    ]
    recognised, nothing = WarningCode.TEXT_RECOGNISED, WarningCode.PAGE_WITHOUT_TEXT
    assert [(each.code, each.page) for each in found.warnings] == [(recognised, 1), (recognised, 2), (nothing, 3)]


@pytest.mark.parametrize(
    ("note", "text"),
    [
        ("/Subtype /FreeText /Contents (Crack at station 47)", "Crack at station 47"),
        ("/Subtype /Text /T (Ada) /Contents (Repair it)", "Comment by Ada: Repair it"),
        (
            "/Subtype /Highlight /Contents (Is this right?) /QuadPoints [70 790 90 790 70 770 90 770]",
            "Comment: Is this right?",
        ),
        ("/Subtype /Text /F 2 /Contents (Hidden)", None),
        ("/Subtype /Popup /Contents (Repair it)", None),
    ],
    ids=["typed", "note", "highlight", "hidden", "popup"],
)
def test_what_is_written_onto_a_page_is_text(tmp_path: Path, note: str, text: str | None) -> None:
    pdf = made_pdf([Leaf(TEXT, notes=[f"<< /Type /Annot /Rect [70 700 200 720] {note} >>"])])
    assert texts(read(tmp_path, pdf)) == [SENTENCE, *([text] if text else [])]


def test_a_comment_stands_behind_the_paragraph_beside_it(tmp_path: Path) -> None:
    content = column(
        70, 780, ["Apples are kept in the cellar.", "Pears are sent to the mill.", "Figs are eaten."], step=60
    )
    note = "<< /Type /Annot /Subtype /Text /Rect [520 715 540 735] /Contents (Which mill?) >>"
    found = texts(read(tmp_path, made_pdf([Leaf(content, notes=[note])])))
    assert found[1:3] == ["Pears are sent to the mill.", "Comment: Which mill?"]


def test_form_fields_are_names_and_values(tmp_path: Path) -> None:
    widget = "<< /Type /Annot /Subtype /Widget /Rect [70 600 200 620] {} >>"
    ticked = "/FT /Btn /T (Member) /V /Yes /AS /Yes /AP << /N << /Yes 13 0 R /Off 13 0 R >> >>"
    notes = [
        widget.format("/FT /Tx /T (name) /TU (Full name) /V (Odile Marsh)"),
        widget.format(ticked),
        widget.format("/FT /Tx /T (empty)"),
    ]
    more = [stream(b"", "/Type /XObject /Subtype /Form /BBox [0 0 9 9]")]
    root = "/AcroForm << /Fields [16 0 R 17 0 R 18 0 R] >>"
    found = read(tmp_path, made_pdf([Leaf(TEXT, notes=notes)], more=more, root=root))
    assert found.blocks[-1] == Passage("Full name: Odile Marsh\nMember: Yes", BlockKind.LINES, page=1)


def _embedding(name: str, content: bytes) -> bytes:
    files = f"<< /Type /Filespec /F ({name}) /UF ({name}) /EF << /F 13 0 R >> >>"
    root = f"/Names << /EmbeddedFiles << /Names [({name}) {files}] >> >>"
    return made_pdf(
        [TEXT], more=[stream(content, f"/Type /EmbeddedFile /Params << /Size {len(content)} >>")], root=root
    )


def test_an_embedded_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    inner = made_pdf([column(70, 780, ["The spare key is in the lighthouse."])])
    found = read(tmp_path, _embedding("notes.pdf", inner))
    assert texts(found) == [SENTENCE, "Attachment: notes.pdf", "The spare key is in the lighthouse."]
    assert (found.parts, found.warnings) == (2, [])


def test_a_file_pinned_to_a_page_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    inner = made_pdf([column(70, 780, ["The spare key is in the lighthouse."])])
    file = "/FS << /Type /Filespec /F (key.pdf) /UF (key.pdf) /EF << /F 13 0 R >> >>"
    note = f"<< /Type /Annot /Subtype /FileAttachment /Rect [70 700 90 720] {file} >>"
    more = [stream(inner, f"/Type /EmbeddedFile /Params << /Size {len(inner)} >>")]
    found = read(tmp_path, made_pdf([Leaf(TEXT, notes=[note])], more=more))
    assert texts(found)[1:] == ["Attachment: key.pdf", "The spare key is in the lighthouse."]


@pytest.mark.parametrize(("name", "content"), [("run.exe", b"MZ" + bytes(99)), ("mail.eml", b"From: a@b.c\n\nHello")])
def test_an_embedded_file_that_is_not_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: bytes
) -> None:
    monkeypatch.chdir(tmp_path)
    found = read(tmp_path, _embedding(name, content))
    assert texts(found) == [SENTENCE]
    assert found.warnings == [ReadingWarning(WarningCode.ATTACHMENT_UNREAD, part=name)]


def test_files_in_an_embedded_pdf_are_named_and_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = read(tmp_path, _embedding("inner.pdf", _embedding("notes.txt", b"The spare key.")))
    assert texts(found) == [SENTENCE, "Attachment: inner.pdf", SENTENCE]
    assert found.warnings == [ReadingWarning(WarningCode.ATTACHMENT_UNREAD, part="inner.pdf, notes.txt")]


def test_a_document_says_its_title(tmp_path: Path) -> None:
    assert read(tmp_path, made_pdf([TEXT], title="The harbour book")).title == "The harbour book"
