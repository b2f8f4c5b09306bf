"""Writes a source as an HTML page."""

from collections.abc import Iterator
from html import escape
from typing import Final

from examples.writers.blocks import Block, Chart, Heading, Items, Paragraph, Source, Table

STYLE: Final = "body{font-family:sans-serif;max-width:52em;margin:2em auto}td,th{border:1px solid #999;padding:.3em}"


def html_bytes(source: Source) -> bytes:
    """Return the page of a source whose fields are `title`, `author`, `date`; raises ValueError for a chart."""
    title, author, date = (escape(source.fields[key]) for key in ("title", "author", "date"))
    body = "\n".join(line for block in source.blocks for line in _lines(block))
    page = (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<p>{author}, {date}</p>\n{body}\n"
        "</body>\n</html>\n"
    )
    return page.encode()


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Heading(level, text):
            yield f"<h{level + 1}>{escape(text)}</h{level + 1}>"
        case Paragraph(text):
            yield f"<p>{escape(text)}</p>"
        case Items(texts, numbered):
            tag = "ol" if numbered else "ul"
            yield f"<{tag}>"
            yield from (f"<li>{escape(text)}</li>" for text in texts)
            yield f"</{tag}>"
        case Table(rows):
            yield "<table>"
            for number, row in enumerate(rows):
                tag = "td" if number else "th"
                yield "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row) + "</tr>"
            yield "</table>"
        case Chart(title, _):
            raise ValueError(f"a page carries no chart: {title}")
