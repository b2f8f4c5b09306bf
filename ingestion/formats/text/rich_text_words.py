"""The control words of rich text that mean characters, sets of characters, or text that is not shown."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CHARACTERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "tab": "\t",
        "emdash": "\u2014",
        "endash": "\u2013",
        "lquote": "\u2018",
        "rquote": "\u2019",
        "ldblquote": "\u201c",
        "rdblquote": "\u201d",
        "bullet": "\u2022",
        "enspace": " ",
        "emspace": " ",
        "qmspace": " ",
    }
)
CHARSETS: Final[Mapping[int, str]] = MappingProxyType(
    {
        0: "cp1252",
        2: "symbol",
        77: "mac_roman",
        128: "cp932",
        129: "cp949",
        130: "johab",
        134: "gb18030",
        136: "cp950",
        161: "cp1253",
        162: "cp1254",
        163: "cp1258",
        177: "cp1255",
        178: "cp1256",
        186: "cp1257",
        204: "cp1251",
        222: "cp874",
        238: "cp1250",
        254: "cp437",
        255: "cp850",
    }
)
FACES: Final[Mapping[str, str]] = MappingProxyType(
    {" CYR": "cp1251", " Cyr": "cp1251", " CE": "cp1250", " Greek": "cp1253", " Tur": "cp1254", " Baltic": "cp1257"}
)
SYSTEMS: Final[Mapping[str, str]] = MappingProxyType({"mac": "mac_roman", "pc": "cp437", "pca": "cp850"})
FONT_WORDS: Final = frozenset({"f", "fcharset", "cpg", "ansicpg", "deff", *SYSTEMS})
NOTES: Final = frozenset({"footnote", "annotation"})
ASIDES: Final = frozenset(
    {"header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf", "shptxt"}
)
"""Places with paragraphs of their own."""
READ: Final = frozenset({"ud", "upr", "fldinst", "atnauthor", "shpinst", "moMath", "title", "fonttbl", "stylesheet"})
"""Places whose text is told apart, or read although a star allows to pass over it."""
SKIPPED: Final = frozenset(
    {"colortbl", "info", "pict", "objdata", "objclass", "objname", "themedata", "datastore", "listtable", "revtbl"}
    | {"listoverridetable", "rsidtbl", "latentstyles", "generator", "xmlnstbl", "filetbl", "bkmkstart", "bkmkend"}
    | {"nonesttables", "nesttableprops", "ftnsep", "ftnsepc", "aftnsep", "aftnsepc", "ftncn", "aftncn", "mmathpict"}
    | {
        "xe",
        "tc",
        "tcn",
        "pn",
        "background",
        "sp",
        "shprslt",
        "template",
        "userprops",
        "docvar",
        "mmathPict",
        "nextfile",
    }
)
