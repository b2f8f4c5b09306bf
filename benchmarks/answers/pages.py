"""Whether a citation names the page that its quote stands on, judged by other readers of the same files."""

import asyncio
import io
import random
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pptx
from fpdf import FPDF

from benchmarks.figures import Figures
from benchmarks.service import TenantCaller, fresh_folder, operator_token, running, tenant

_SEED: Final = 20_261_201
_QUOTES: Final = 200
_HELD: Final = 0.9
_WORD: Final = re.compile(r"\w+")
_SENTENCE: Final = re.compile(r"[^.!?\n]{40,200}[.!?]")


@dataclass(frozen=True, slots=True)
class Paged:
    """A file and the text of each of its pages, as another reader than ours has it."""

    name: str
    content: bytes
    pages: Sequence[str]


def _letters(text: str) -> str:
    """Return the letters and digits of a text: how they are parted into words and lines differs between readers."""
    return "".join(_WORD.findall(text.lower()))


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.lower()))


def of_pdf(name: str, content: bytes) -> Paged:
    """Read a PDF with poppler's `pdftotext`."""
    command = ["pdftotext", "-enc", "UTF-8", "-", "-"]
    text = subprocess.run(command, input=content, capture_output=True, check=True).stdout.decode()  # noqa: S603  # poppler's
    return Paged(name, content, text.split("\f")[:-1])


def of_slides(name: str, content: bytes) -> Paged:
    """Read slides with python-pptx, with their notes."""
    pages = []
    for slide in pptx.Presentation(io.BytesIO(content)).slides:
        shapes = [shape.text_frame.text for shape in slide.shapes if shape.has_text_frame]
        cells = [
            cell.text for shape in slide.shapes if shape.has_table for row in shape.table.rows for cell in row.cells
        ]
        notes = [slide.notes_slide.notes_text_frame.text] if slide.has_notes_slide else []
        pages.append("\n".join(each or "" for each in (*shapes, *cells, *notes)))
    return Paged(name, content, pages)


def found_in(folder: Path) -> Iterator[Paged]:
    """Yield the PDFs and slides of a folder that both readers can read."""
    for path in sorted(folder.iterdir()):
        try:
            if path.suffix == ".pdf":
                yield of_pdf(path.name, path.read_bytes())
            elif path.suffix == ".pptx":
                yield of_slides(path.name, path.read_bytes())
        except (subprocess.CalledProcessError, KeyError, ValueError, pptx.exc.PythonPptxError) as error:
            print(f"pages: {path.name} is left out: {error}", file=sys.stderr)


def made_up() -> list[Paged]:
    """Return a PDF of twelve short pages and a deck of nine slides."""
    document = FPDF()
    document.set_font("helvetica", size=12)
    deck = pptx.Presentation()
    for number in range(1, 13):
        document.add_page()
        document.multi_cell(0, 8, f"Chapter {number}\n\nThe buoy at berth {number * 7} was painted in week {number}.")
    for number in range(1, 10):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes[0].text_frame.text = f"Quarter {number}"
        slide.shapes[1].text_frame.text = f"The harbour took in {number * 113} thousand crowns in quarter {number}."
    out = io.BytesIO()
    deck.save(out)
    return [of_pdf("twelve-pages.pdf", bytes(document.output())), of_slides("deck.pptx", out.getvalue())]


def stands_on(quote: str, pages: Sequence[str], first: int, last: int) -> bool:
    """Tell whether a quote stands on its pages: letter by letter, or most of its words where the order is another."""
    offered = "\n".join(pages[first - 1 : last])
    if _letters(quote) in _letters(offered):
        return True
    wanted = _words(quote)
    return sum((wanted & _words(offered)).values()) >= _HELD * wanted.total()


async def _asked(files: Sequence[Paged]) -> list[tuple[str, dict[str, Any]]]:
    """Ask for sentences of the files, chosen at random; return the citations of the answers with their files."""
    with fresh_folder() as data, running(data) as service:
        operator = await asyncio.to_thread(operator_token, service)
        async with tenant(service, operator, "pages") as caller:
            ids = await caller.upload_all([(each.name, each.content) for each in files])
            documents = await caller.settled()
            ready = {
                each.name: one for each, one in zip(files, ids, strict=True) if documents[one]["status"] == "ready"
            }
            sentences = [(name, one, text) for name, one in ready.items() for text in await _sentences(caller, one)]
            rng = random.Random(_SEED)  # noqa: S311  # what to ask for, not a secret
            by_file = {name: [each for each in sentences if each[0] == name] for name in ready}
            found: list[tuple[str, dict[str, Any]]] = []
            while len(found) < _QUOTES and any(by_file.values()):
                name = rng.choice([each for each, left in by_file.items() if left])
                _, document, text = by_file[name].pop(rng.randrange(len(by_file[name])))
                body = {"question": f"What is said about this: {text}", "filter": {"document_id": document}}
                answer = (await caller.client.post("/v1/ask", json=body)).raise_for_status().json()
                found += [(name, citation) for citation in answer["citations"]]
            return found[:_QUOTES]


async def _sentences(caller: TenantCaller, document: str) -> list[str]:
    chunks = (await caller.client.get(f"/v1/documents/{document}/chunks?limit=100")).json()["items"]
    return [sentence for chunk in chunks for sentence in _SENTENCE.findall(chunk["text"])]


def judged(files: Sequence[Paged], citations: Sequence[tuple[str, dict[str, Any]]]) -> Mapping[str, tuple[int, int]]:
    """Return for each file how many of its citations name the right page, of how many; print those that do not."""
    pages = {each.name: each.pages for each in files}
    counts = dict.fromkeys(pages, (0, 0))
    for name, citation in citations:
        first, last = citation["pages"] or (0, 0)
        right = first > 0 and citation["page"] == first and stands_on(citation["quote"], pages[name], first, last)
        counts[name] = counts[name][0] + right, counts[name][1] + 1
        if not right:
            print(f"pages: {name}, said to be {first} to {last}: {citation['quote']!r}", file=sys.stderr)
    return counts


def measure(corpus: Path | None, figures: Figures) -> None:
    """Ask files of the corpus and two that are made up, and compare the pages of what is cited."""
    if shutil.which("pdftotext") is None:
        print("pages: skipped, pdftotext is not here: apt-get install poppler-utils", file=sys.stderr)
        return
    found = [*made_up(), *(found_in(corpus / "documents") if corpus is not None else ())]
    files = [each for each in found if any(map(_letters, each.pages))]  # of a scan the other reader has no text
    counts = judged(files, asyncio.run(_asked(files)))
    right, cited = (sum(each[place] for each in counts.values()) for place in (0, 1))
    figures.add("pages", f"right of {cited} citations of {len(files)} files", right, "citations", 1, "all")
