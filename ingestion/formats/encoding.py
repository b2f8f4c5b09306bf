"""Which characters a file of text means."""

import codecs
import re
import unicodedata
from typing import Final

from ingestion.formats.characters.code_pages import code_page, is_usual

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE_BYTES: Final = 4096
_WINDOWS: Final = 4
_WINDOW_BYTES: Final = 1024
_NEAR_BYTES: Final = 1 << 16
_FEW: Final = 0.05
_MOST: Final = 0.9
_HALF: Final = 0.5
_SURE_BYTES: Final = 16
_FEW_NULS: Final = 0.25
_PRINTABLE_CONTROLS: Final = frozenset(b"\t\n\r\f\x1b\b\x0b\x1a")
_FIRST_PRINTABLE: Final = 0x20
_UNKNOWN: Final = "\ufffd"
_HIGH: Final = re.compile(rb"[\x80-\xff]")
_CHARACTERS: Final = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"  # of UTF-8, beyond ASCII
)
_SURE: Final = re.compile(rb"[\xc2\xc3][\x80-\xbf]|[\xe1-\xed][\x80-\xbf]{2}")  # rare by accident
_CUT_SHORT: Final = re.compile(rb"(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]?|[\xf0-\xf4][\x80-\xbf]{0,2})\Z")
_SURROGATES: Final = re.compile(rb"\xed([\xa0-\xaf][\x80-\xbf])\xed([\xb0-\xbf][\x80-\xbf])")
_ESCAPED: Final = re.compile(rb"\x1b(\$[@B]|\$\([DOPQ]|\([IJ]|\$\)C)")
_DECLARATIONS: Final = (
    re.compile(rb"""\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']"""),
    re.compile(rb"""<meta[^>]{0,400}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE),
    re.compile(rb"""\A@charset\s+"([\w.:-]{1,40})";"""),
    re.compile(rb"\A(?:[^\n]*\n)?[^\n]{0,80}?coding[:=][ \t]*([\w.-]{1,40})"),
)
# What the names mean in practice: the sets of Windows hold more characters, and are what is written under these names.
_MEANT: Final = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "cp950",
    "euc_kr": "cp949",
}
_OWN_NAMES: Final = {
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "x-gbk": "gb18030",
    "x-euc-jp": "euc_jp",
    "iso-8859-8-i": "cp1255",
    "windows-874": "cp874",
    "ks_c_5601-1987": "cp949",
    "unicode": "utf-16",
}
_TEXT_CODEC: Final = re.compile(
    r"cp(125\d|8[5-7]\d|437|7[37]\d|874|9\d\d)|iso8859-\d+|koi8-[rtu]|mac-\w+|gb\w+|big5\w*|shift_jis\w*|euc_\w+"
    r"|iso2022_\w+|johab|tis-620|hz|utf-(8|16|32)(-[bl]e)?|ascii|ptcp154|kz1048"
)


def read_characters(raw: bytes, declared: str | None = None) -> tuple[str, int]:
    """Return the text of `raw` without its mark, and how many of its bytes mean nothing.

    Each of these is one U+FFFD; a NUL is left out. What decides is, in this order: a byte-order mark, where zero bytes
    stand, being UTF-8 or nearly so, the encoding `declared` where it makes a likely text, the likeliest one.
    """
    name, raw = _encoding(raw, codec_named(declared))
    if name == "utf-8":
        text, lost = _from_utf8(raw)
    else:
        text = raw.decode(name, errors="replace")
        lost = text.count(_UNKNOWN)
        if name == "cp1258":
            text = unicodedata.normalize("NFC", text)  # its tones are letters of their own
    nuls = text.count("\0")
    return (text.replace("\0", ""), lost + nuls) if nuls else (text, lost)


def decode(raw: bytes, *, declared: str | None = None, partial: bool = False) -> str:
    """Return the text alone; with `partial`, `raw` is the beginning of a file and may end inside a character."""
    if partial and len(raw) >= _SAMPLE_BYTES:
        cut = _CUT_SHORT.search(raw[-4:])
        raw = raw[: len(raw) - 4 + cut.start()] if cut else raw
    return read_characters(raw, declared)[0]


def encoding_of(raw: bytes) -> str:
    """Return the name of the encoding of `raw`."""
    return _encoding(raw, None)[0]


def declared_encoding(raw: bytes) -> str | None:
    """Return the encoding that a text names itself: an XML declaration, a meta element, a line `coding: …`."""
    head = raw[:_SAMPLE_BYTES]
    found = next((match for pattern in _DECLARATIONS if (match := pattern.search(head))), None)
    return found.group(1).decode("ascii", errors="replace") if found else None


def codec_named(declared: str | None) -> str | None:
    """Return the name of the codec for the encoding `declared`, None where it is none of text or unknown."""
    if not declared:
        return None
    label = declared.strip().strip("\"'").lower()
    try:
        name = codecs.lookup(_OWN_NAMES.get(label, label)).name
    except (LookupError, ValueError):
        return None
    if _TEXT_CODEC.fullmatch(name) is None:
        return None
    return _MEANT.get(name, name).replace("iso8859-", "iso8859_").replace("koi8-", "koi8_").replace("mac-", "mac_")


def looks_like_text(head: bytes) -> bool:
    """Whether the start of a file holds text in some encoding rather than binary data."""
    sample = head[:_SAMPLE_BYTES]
    if any(sample.startswith(mark) for mark, _name in _MARKS) or _wide(sample) is not None:
        return True
    written = sample.replace(b"\0", b"")
    controls = sum(byte < _FIRST_PRINTABLE and byte not in _PRINTABLE_CONTROLS for byte in written)
    if controls > len(written) * _FEW:
        return False
    inside = sample.rstrip(b"\0")
    nuls = inside.count(0)
    return bool(written) and nuls <= len(inside) * _FEW_NULS and (not nuls or _HIGH.search(written) is None)


def _encoding(raw: bytes, declared: str | None) -> tuple[str, bytes]:
    """Return the encoding of `raw`, and what it applies to: all but a mark."""
    for mark, name in _MARKS:
        if raw.startswith(mark):
            return name, raw[len(mark) :]
    wide = _wide(raw[:_SAMPLE_BYTES])
    if wide is not None:
        return wide, raw
    if _ESCAPED.search(raw) and _HIGH.search(raw) is None:
        return ("iso2022_kr" if b"\x1b$)C" in raw else "iso2022_jp_ext"), raw
    if declared == "hz" and b"~{" in raw:
        return "hz", raw
    if _is_nearly_utf8(raw):
        return "utf-8", raw
    if declared is not None and declared.startswith(("utf", "hz", "iso2022")):
        declared = None
    return code_page(_sample(raw), declared), raw


def _wide(sample: bytes) -> str | None:
    """Return which encoding of two or four bytes a character `sample` is in, None where it makes no usual text."""
    quarters = [sample[at::4] for at in range(4)]
    zeros = [quarter.count(0) / max(1, len(quarter)) for quarter in quarters]
    if len(sample) >= 8:  # noqa: PLR2004 - two characters of four bytes
        if min(zeros[0], zeros[1]) > _MOST and zeros[3] < _FEW:
            return "utf-32-be"
        if min(zeros[2], zeros[3]) > _MOST and zeros[0] < _FEW:
            return "utf-32-le"
    if b"\0" not in sample and (sample.isascii() or len(sample) < _SURE_BYTES):
        return None
    usual = {name: _usual_share(sample, name) for name in ("utf-16-le", "utf-16-be")}
    name = max(usual, key=usual.__getitem__)
    if len(sample) < _SURE_BYTES:
        return name if usual[name] > _MOST and sample.count(0) >= len(sample) // 2 else None
    return name if usual[name] > _HALF else None


def _usual_share(sample: bytes, encoding: str) -> float:
    text = sample[: len(sample) & ~1].decode(encoding, errors="replace")
    return sum(map(is_usual, text)) / max(1, len(text))


def _is_nearly_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        first = error.start
    else:
        return True
    windows = [raw[max(0, first - _WINDOW_BYTES) :][:_NEAR_BYTES]]
    if len(raw) > _NEAR_BYTES:
        windows += [raw[at : at + _NEAR_BYTES] for at in range(0, len(raw), max(_NEAR_BYTES, len(raw) // 8))]
    valid = sure = stray = 0
    for window in windows:
        end = _CUT_SHORT.search(window[-4:])
        whole = _as_utf8(window[: len(window) - len(end.group())] if end else window)
        rest = _CHARACTERS.sub(b"", whole)
        valid += len(whole) - len(rest)
        sure += len(whole) - len(_SURE.sub(b"", whole))
        stray += len(_HIGH.findall(rest))
    return valid > 8 * stray or sure > 2 * stray


def _from_utf8(raw: bytes) -> tuple[str, int]:
    try:
        return raw.decode(), 0
    except UnicodeDecodeError:
        raw = _as_utf8(raw)
    text = raw.decode(errors="replace")
    return text, text.count(_UNKNOWN) - raw.count(_UNKNOWN.encode())


def _as_utf8(raw: bytes) -> bytes:
    # Java writes NUL in two bytes, and characters beyond the first plane as two halves of three bytes.
    return _SURROGATES.sub(_joined, raw.replace(b"\xc0\x80", b"\0"))


def _joined(halves: re.Match[bytes]) -> bytes:
    return halves.group().decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16").encode()


def _sample(raw: bytes) -> bytes:
    """Return some kilobytes of `raw` with bytes beyond ASCII among them, from its start on and from later parts."""
    windows, end = [], 0
    for number in range(_WINDOWS):
        found = _HIGH.search(raw, max(end, len(raw) * number // _WINDOWS))
        if found is None:
            break
        start = found.start() - _WINDOW_BYTES // 4
        start = _gap_before(raw, start, max(end, start - _WINDOW_BYTES // 4)) if start > end else end
        end = min(len(raw), start + _WINDOW_BYTES)
        if end < len(raw):
            end = _gap_before(raw, end, (start + end) // 2)
        windows.append(raw[start:end])
    return b"\n".join(windows)


def _gap_before(raw: bytes, position: int, lowest: int) -> int:
    # White space and commas are no second bytes of a character, in any encoding: there it can be cut.
    gap = max(raw.rfind(each, lowest, position) for each in (b" ", b"\n", b",", b"\t"))
    return gap + 1 if gap >= 0 else position
