"""A file format is one record: whole or refused at once, and all that an upload needs to be taken and read."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ingestion.formats.catalogue import FORMATS
from ingestion.formats.detection import detect
from ingestion.formats.record import Binary, Compound, Container, Format, Formats, Text, WrongFormat, Zip

_TOML = Format(
    suffixes=("toml",),
    media_type="application/toml",
    container=Text(),
    reader="ingestion.formats.text.plain:read_text",
)
_WITH_TOML = Formats((*FORMATS, _TOML))

# In a process of its own, as parsers are: their libraries take seconds to load and hundreds of megabytes.
_READING = """
import inspect, json, sys
from pathlib import Path
from ingestion.formats.catalogue import FORMATS
from ingestion.formats.extract import extract
from ingestion.formats.record import Format, Text
from ingestion.formats.refusals import refuse
from ingestion.measures import load_measures
from ingestion.parse import Limits, ParseFailed

def written(text):
    path = Path(sys.argv[1], "document")
    path.write_text(text)
    return path

def refusal(kind, text):
    try:
        refuse(written(text), kind, Limits())
    except ParseFailed as failure:
        return failure.code

toml = Format(suffixes=("toml",), media_type="application/toml", container=Text(), reader=sys.argv[2])
signatures = {one.name: inspect.signature(one.load()).parameters.values() for one in FORMATS}
print(json.dumps({
    "takes": {name: [str(each.annotation) for each in signature] for name, signature in signatures.items()},
    "deep": {one.name: refusal(one, "<a>" * 5000) for one in FORMATS},
    "entity": {one.name: refusal(one, "<!DOCTYPE a [<!ENTITY b 'c'>]><a>d</a>") for one in FORMATS},
    "read": extract(written("[harbour]\\nkeeper = 'Ada'\\n"), toml, Limits(), load_measures(len)).text,
}))
"""


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: ANN401 - JSON
    """What readers take and give: of every format its reader's parameters and its refusals, of one made up its text."""
    command = [sys.executable, "-W", "ignore", "-c", _READING, str(tmp_path_factory.mktemp("reading")), _TOML.reader]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_one_record_more_is_one_format_more(readings: Any) -> None:  # noqa: ANN401 - JSON
    text = b"[harbour]\nkeeper = 'Ada'\n"
    assert detect("a.toml", text) is None
    assert detect("a.toml", text, _WITH_TOML) is _TOML
    assert _WITH_TOML.named("toml") is _TOML
    assert "keeper = 'Ada'" in readings["read"]


def test_one_record_more_changes_no_other_format() -> None:
    for name in ("a.txt", "a", "a.pdf", "a.docx", "a.exe"):
        for head in (b"", b"[a]\nb = 1", b"%PDF-1.7", b"PK\x03\x04word/"):
            assert detect(name, head, _WITH_TOML) is detect(name, head)
    assert detect("a.toml", bytes(range(256)), _WITH_TOML) is None


def test_the_markup_of_a_record_is_what_is_refused(readings: Any) -> None:  # noqa: ANN401 - JSON
    deep, entity = readings["deep"], readings["entity"]
    of_xml = ["fodt", "fods", "fodp", "excelml", "wordml", "xml"]
    assert sorted(name for name, outcome in deep.items() if outcome == "too_deep") == sorted([*of_xml, "md", "html"])
    assert sorted(name for name, outcome in entity.items() if outcome == "entities") == sorted(of_xml)


def test_the_reader_of_every_record_is_there(readings: Any) -> None:  # noqa: ANN401 - JSON
    path_and_limits = [str(Path), "<class 'ingestion.parse.outcome.Limits'>"]
    assert readings["takes"] == {one.name: path_and_limits for one in FORMATS}


@pytest.mark.parametrize("one", list(FORMATS), ids=lambda one: one.name)
def test_an_empty_file_is_of_the_format_its_name_says(one: Format) -> None:
    assert [detect(f"a.{suffix}", b"") for suffix in one.suffixes] == [one] * len(one.suffixes)


_WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no suffix": ({"suffixes": ()}, "called by its first suffix"),
    "an empty first suffix": ({"suffixes": ("", "toml")}, "called by its first suffix"),
    "a dot": ({"suffixes": ("toml", ".tml")}, "toml: suffixes are lower-case"),
    "upper case": ({"suffixes": ("TOML",)}, "TOML: suffixes are lower-case"),
    "no media type": ({"media_type": "toml"}, "toml: 'toml' is no media type"),
    "no reader": ({"reader": ""}, "toml: '' is no reader"),
    "a reader without its module": ({"reader": "read_text"}, "toml: 'read_text' is no reader"),
}


@pytest.mark.parametrize(("fields", "says"), _WRONG.values(), ids=_WRONG)
def test_a_record_that_is_not_whole_is_refused(fields: dict[str, Any], says: str) -> None:
    whole: dict[str, Any] = {name: getattr(_TOML, name) for name in ("suffixes", "media_type", "container", "reader")}
    with pytest.raises(WrongFormat, match=says):
        Format(**whole | fields)


@pytest.mark.parametrize("container", [Zip(b""), Compound(b""), Binary(b"")], ids=str)
def test_a_record_that_fits_every_file_is_refused(container: Container) -> None:
    with pytest.raises(WrongFormat, match="toml: nothing would tell it from other files"):
        Format(suffixes=("toml",), media_type="application/toml", container=container, reader="a:b")


def test_no_two_records_claim_a_suffix() -> None:
    with pytest.raises(WrongFormat, match="toml: files that end in 'toml' are toml"):
        Formats((*_WITH_TOML, _TOML))


def test_who_takes_uploads_loads_no_reader() -> None:
    readers = {"lxml", "openpyxl", "pypdfium2", "llama_index"}
    told = f"import sys, ingestion.accept; print(*sorted({readers!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
