"""The comments and threads of an XLSX worksheet, with the names of their authors."""

from collections.abc import Iterator
from typing import Final

from ingestion.formats.office.namespaces import local_name
from ingestion.formats.office.package import Package, numbered
from ingestion.formats.tables.styles import rich_text, unescaped
from ingestion.formats.tables.worksheet import area_of

_THREAD: Final = "tc={"
_THREADED_KINDS: Final = "threadedComment"


def read_remarks(package: Package, part: str, page: int) -> dict[tuple[int, int], list[str]]:
    """Return the comments of a worksheet by row and column, each with its author."""
    remarks: dict[tuple[int, int], list[str]] = {}
    threads = list(_threads(package, part, page))
    answered = {reference for reference, _, _ in threads}
    simple = [each for each in _comments(package, part, page) if each[0] not in answered]
    for reference, author, text in (*threads, *simple):
        area = area_of(reference)
        if area is not None and text:
            by = f"Comment by {author} on {reference}" if author else f"Comment on {reference}"
            remarks.setdefault((area.top, area.left), []).append(f"{by}: {text}")
    return remarks


def _comments(package: Package, part: str, page: int) -> Iterator[tuple[str, str, str]]:
    for relation in package.related(part, "comments"):
        root = package.root(relation.target, numbered("comments", relation.target), page)
        if root is None:
            continue
        authors = [" ".join((each.text or "").split()) for each in root.iter("{*}author")]
        for comment in root.iter("{*}comment"):
            number = comment.get("authorId", "")
            author = authors[int(number)] if number.isdecimal() and int(number) < len(authors) else ""
            author = "" if author.startswith(_THREAD) else author
            body = comment.find("{*}text")
            text = "" if body is None else rich_text(body)
            yield comment.get("ref", ""), author, text.removeprefix(f"{author}:").strip() if author else text


def _threads(package: Package, part: str, page: int) -> Iterator[tuple[str, str, str]]:
    people: dict[str, str] = {}
    for relation in package.related(package.main, "person"):
        root = package.root(relation.target, "authors of comments")
        for each in () if root is None else root.iter("{*}person"):
            people[each.get("id", "")] = each.get("displayName", "")
    for relation in package.related(part, _THREADED_KINDS):
        root = package.root(relation.target, numbered("comments", relation.target), page)
        for each in () if root is None else root.iter("{*}threadedComment"):
            text = " ".join(child.text or "" for child in each if local_name(child) == "text")
            yield each.get("ref", ""), people.get(each.get("personId", ""), ""), unescaped(text)
