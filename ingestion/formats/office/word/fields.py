"""Fields of Word: their results are text, their instructions are not."""

from itertools import islice
from typing import Final

from ingestion.formats.office.namespaces import Element, W
from ingestion.formats.office.word.styles import is_on, value, whole

_DELETED: Final = frozenset({f"{W}del", f"{W}moveFrom"})
_CHECKED: Final = "☒"
_UNCHECKED: Final = "☐"


class Fields:
    """Follows the fields of a part, which begin in one run and end in another; those without an end are no fields."""

    def __init__(self, root: Element) -> None:
        """Find the marks that belong to no whole field."""
        self._open: list[bool] = []
        self._instructions = 0
        self._stray: set[Element] = set()
        begun: list[list[Element]] = []
        for mark in root.iter(f"{W}fldChar"):
            if any(above.tag in _DELETED for above in islice(mark.iterancestors(), 2)):
                continue
            kind = mark.get(f"{W}fldCharType")
            if kind == "begin":
                begun.append([mark])
            elif not begun:
                self._stray.add(mark)
            elif kind == "separate":
                begun[-1].append(mark)
            elif kind == "end":
                begun.pop()
        self._stray.update(mark for marks in begun for mark in marks)

    @property
    def hide(self) -> bool:
        """Whether what stands here is an instruction."""
        return self._instructions > 0

    def follow(self, mark: Element) -> None:
        """Take the next w:fldChar."""
        if mark in self._stray:
            return
        kind = mark.get(f"{W}fldCharType")
        if kind == "begin":
            self._open.append(False)
            self._instructions += 1
        elif kind == "separate" and self._open and not self._open[-1]:
            self._open[-1] = True
            self._instructions -= 1
        elif kind == "end" and self._open and not self._open.pop():
            self._instructions -= 1


def form_control(mark: Element) -> str:
    """Return what a control of a form shows that begins with a w:fldChar and has no result; empty for other fields."""
    data = mark.find(f"{W}ffData")
    if data is None:
        return ""
    box, choices = data.find(f"{W}checkBox"), data.find(f"{W}ddList")
    if box is not None:
        state = box.find(f"{W}checked")
        return _CHECKED if is_on(state if state is not None else box.find(f"{W}default")) else _UNCHECKED
    if choices is not None:
        entries = [each.get(f"{W}val", "") for each in choices.iterfind(f"{W}listEntry")]
        place = whole(value(choices, "result") or value(choices, "default")) or 0
        return entries[place] if place < len(entries) else ""
    return ""
