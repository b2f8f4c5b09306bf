"""Word documents made at random, with the words that they show and those that they do not."""

from dataclasses import dataclass, field
from random import Random

from tests.ingestion.formats.office.word import made

_INLINE_DEPTH = 3
_BLOCK_DEPTH = 3


@dataclass
class RandomDocument:
    """Writes XML by the numbers that `random` gives, and keeps each word that it writes."""

    random: Random
    shown: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)
    footnotes: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    _hidden: int = 0

    def body(self) -> str:
        """The blocks of a body."""
        return "".join(self._block(_BLOCK_DEPTH) for _ in range(self.random.randint(1, 6)))

    def parts(self) -> dict[str, tuple[str, str | bytes]]:
        """The parts that the body refers to."""
        return {
            "f": ("footnotes", f"<w:footnotes>{''.join(self.footnotes)}</w:footnotes>"),
            "c": ("comments", f"<w:comments>{''.join(self.comments)}</w:comments>"),
        }

    def _word(self) -> str:
        word = f"word{len(self.shown) + len(self.unseen)}x"
        (self.unseen if self._hidden else self.shown).append(word)
        return word

    def _unseen(self, depth: int, *, plain: bool = False) -> str:
        self._hidden += 1
        inside = made.run(self._word()) if plain else self._inline(depth)
        self._hidden -= 1
        return inside

    def _inline(self, depth: int) -> str:
        if depth == 0:
            return made.run(self._word())
        kinds = [self._plain, self._inserted, self._deleted, self._linked, self._control, self._placeholder]
        kinds += [self._vanished, self._field, self._equation, self._split]
        if not self._hidden:
            kinds += [self._box, self._footnote, self._comment, self._picture]
        kind = self.random.choice(kinds)
        return kind(depth - 1)

    def _plain(self, _: int) -> str:
        return made.run(self._word()) + made.run(" ")

    def _split(self, _: int) -> str:
        word = self._word()
        return made.run(word[:3]) + "<w:proofErr/>" + made.run(word[3:])

    def _inserted(self, depth: int) -> str:
        return f"<w:ins>{self._inline(depth)}{self._inline(depth)}</w:ins>"

    def _deleted(self, depth: int) -> str:
        return f"<w:del>{self._unseen(depth)}</w:del>"

    def _linked(self, depth: int) -> str:
        return f"<w:hyperlink>{self._inline(depth)}</w:hyperlink><w:smartTag>{self._inline(depth)}</w:smartTag>"

    def _control(self, depth: int) -> str:
        return f"<w:sdt><w:sdtPr/><w:sdtContent>{self._inline(depth)}</w:sdtContent></w:sdt>"

    def _placeholder(self, depth: int) -> str:
        hidden = self._unseen(depth)
        return f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{hidden}</w:sdtContent></w:sdt>"

    def _vanished(self, _: int) -> str:
        self._hidden += 1
        inside = made.run(self._word(), "<w:vanish/>")
        self._hidden -= 1
        return inside

    def _field(self, depth: int) -> str:
        marks = [f'<w:r><w:fldChar w:fldCharType="{each}"/></w:r>' for each in ("begin", "separate", "end")]
        instruction = self._unseen(depth, plain=True)
        return f"{marks[0]}{instruction}{marks[1]}{self._inline(depth)}{marks[2]}"

    def _equation(self, _: int) -> str:
        above, below = (f"<m:r><m:t>{self._word()}</m:t></m:r>" for _ in range(2))
        return f"<m:oMath><m:f><m:num>{above}</m:num><m:den>{below}</m:den></m:f></m:oMath>"

    def _box(self, depth: int) -> str:
        content = self._paragraph(depth)
        return (
            f'<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing>{made.text_box(content)}</w:drawing>'
            f"</mc:Choice><mc:Fallback>{made.legacy_box(content)}</mc:Fallback></mc:AlternateContent></w:r>"
        )

    def _footnote(self, _: int) -> str:
        number = len(self.footnotes) + 1
        self.footnotes.append(f'<w:footnote w:id="{number}">{made.paragraph(self._word())}</w:footnote>')
        return f'<w:r><w:footnoteReference w:id="{number}"/></w:r>'

    def _comment(self, _: int) -> str:
        number = len(self.comments) + 1
        self.comments.append(f'<w:comment w:id="{number}">{made.paragraph(self._word())}</w:comment>')
        return f'<w:r><w:commentReference w:id="{number}"/></w:r>'

    def _picture(self, _: int) -> str:
        return f'<w:r><w:drawing><wp:inline><wp:docPr descr="{self._word()} there"/></wp:inline></w:drawing></w:r>'

    def _block(self, depth: int) -> str:
        if depth == 0:
            return self._paragraph(1)
        kinds = [self._paragraph] * 3 + [self._joined, self._table, self._wrapped, self._alternative]
        return self.random.choice(kinds)(depth - 1)

    def _paragraph(self, _: int) -> str:
        return f"<w:p>{''.join(self._inline(_INLINE_DEPTH) for _ in range(self.random.randint(1, 3)))}</w:p>"

    def _joined(self, _: int) -> str:
        return f"<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>{self._inline(1)}</w:p>{self._paragraph(0)}"

    def _wrapped(self, depth: int) -> str:
        return f"<w:sdt><w:sdtContent>{self._block(depth)}{self._block(depth)}</w:sdtContent></w:sdt>"

    def _alternative(self, depth: int) -> str:
        same = self._block(depth)
        return (
            f'<mc:AlternateContent><mc:Choice Requires="w14">{same}</mc:Choice><mc:Fallback>{same}</mc:Fallback>'
            "</mc:AlternateContent>"
        )

    def _table(self, depth: int) -> str:
        rows = [self._row(depth) for _ in range(self.random.randint(1, 3))]
        if self.random.random() < 0.3:
            self._hidden += 1
            rows.append(made.row(self._word(), properties="<w:del/>"))
            self._hidden -= 1
        return made.table(*rows)

    def _row(self, depth: int) -> str:
        cells = (made.cell(self._block(depth)) for _ in range(self.random.randint(1, 3)))
        header = "<w:trPr><w:tblHeader/></w:trPr>" if self.random.random() < 0.3 else ""
        return f"<w:tr>{header}{''.join(cells)}</w:tr>"
