"""The ways to write a secret that a detector has to see through, and a kit to make secrets with."""

import base64
import codecs
import json
from collections.abc import Callable, Mapping
from html import escape
from typing import Final
from urllib.parse import quote

from evals.canaries.derive import Canary, CanaryKit
from evals.canaries.forms import Form

KIT: Final = CanaryKit(b"a key that is only for tests", sink="http://127.0.0.1:8009/sink")
FORMS: Final = tuple(Form)

Writing = Callable[[str], str]


def _url_all(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def _wrapped(text: str) -> str:
    return base64.encodebytes(text.encode()).decode()


ENCODINGS: Final[Mapping[str, Writing]] = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 unpadded": lambda text: base64.b64encode(text.encode()).decode().rstrip("="),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64 in lines": _wrapped,
    "base32": lambda text: base64.b32encode(text.encode()).decode(),
    "base32 small": lambda text: base64.b32encode(text.encode()).decode().lower().rstrip("="),
    "hex": lambda text: text.encode().hex(),
    "HEX": lambda text: text.encode().hex().upper(),
    "hex with colons": lambda text: text.encode().hex(":"),
    "hex with 0x": lambda text: ", ".join(f"0x{byte:02x}" for byte in text.encode()),
    "url": quote,
    "url throughout": _url_all,
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "reversed": lambda text: text[::-1],
}
"""What counts as one layer."""

DRESSES: Final[Mapping[str, Writing]] = {
    "as it is": str,
    "capitals": str.upper,
    "small": str.lower,
    "spaced": " ".join,
    "dashes": "-".join,
    "no separators": lambda text: text.replace(" ", "").replace("-", ""),
    "zero width": "\u200b".join,
    "soft hyphens and joiners": "\u00ad\u2060".join,
    "bidirectional": lambda text: f"\u202e{text}\u202c",
    "full width": lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    "struck through": lambda text: "".join(c + "\u0336" for c in text),
    "markdown": lambda text: f"**{text[:7]}**{text[7:]}",
    "marked by a search engine": lambda text: " ".join(f"<em>{word}</em>" for word in text.split()),
    "line breaks": lambda text: text.replace(" ", "\n").replace("-", "-\n"),
    "Cyrillic": lambda text: text.translate(str.maketrans("aceopxykhABCEHKMOPTXY", "асеорхукһАВСЕНКМОРТХУ")),
    "Greek": lambda text: text.translate(str.maketrans("aopuvkxABEHIKMNOPTXYZ", "αορυνκχΑΒΕΗΙΚΜΝΟΡΤΧΥΖ")),
    "digits as letters": lambda text: text.translate(str.maketrans("oOlI01", "001loi")),
}
"""What costs no layer: looks only."""

JSON_BODIES: Final[Mapping[str, Writing]] = {
    "JSON": lambda text: json.dumps({"answer": text}, ensure_ascii=False),
    "JSON in ASCII": lambda text: json.dumps({"answer": text}),
    "JSON in a stream": lambda text: "data: " + json.dumps({"choices": [{"delta": {"content": text}}]}) + "\n\n",
    "HTML": lambda text: f"<p>{escape(text)}</p>",
}


def a_canary(form: Form, index: int = 0, tenant: str = "north") -> Canary:
    """Make a canary of the test kit."""
    return KIT.canary(tenant, "handbook.md", form, index)
