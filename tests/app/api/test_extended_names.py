"""A name given as `filename*` is read in any charset, and left to the plain one where it cannot be."""

import pytest

from app.api.extended_names import extended_name


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("filename*=utf-8''%E6%97%A5%E6%9C%AC.txt", "日本.txt"),
        ("filename*=UTF-8'de'Gr%C3%BC%C3%9Fe.txt", "Grüße.txt"),
        ("filename*=\"utf-8''na%C3%AFve.txt\"", "naïve.txt"),
        ("filename=\"plain.txt\"; filename*=utf-8''%E6%97%A5.txt", "日.txt"),
        ("filename*=utf-8''%E6%97%A5.txt; filename=plain.txt", "日.txt"),
        ("FileName* = utf-8''a%20b.txt ; x=y", "a b.txt"),
        ("filename*=shift_jis''%93%FA%96%7B.txt", "日本.txt"),
        ("filename*=iso-8859-1'en'%A3%20rates.txt", "£ rates.txt"),
        ("filename*=gb18030''%C8%D5.txt", "日.txt"),
        ("filename*=''a.txt", "a.txt"),
        ("filename*=utf-8''it's.txt", "it's.txt"),
        ("filename=plain.txt", None),
        ("filename*=utf-8''%E6%9.txt", None),
        ("filename*=utf-8''100%.txt", None),
        ("filename*=utf-8''%E6%97.txt", None),
        ("filename*=x-unknown''%E6.txt", None),
        ("filename*=rot13''uryyb.txt", None),
        ("filename*=hex''61.txt", None),
        ("filename*=plain.txt", None),
        ("filename*=utf-8''", None),
        ("filename=\"a; filename*=utf-8''b.txt\"", None),
        ('filename="quo\\"te; filename*=utf-8\'\'b.txt"', None),
        ("filename*=utf-8''" + "%61" * 3_000, None),
    ],
)
def test_an_extended_name(given: str, name: str | None) -> None:
    assert extended_name(f'form-data; name="file"; {given}'.encode("latin-1")) == name


@pytest.mark.parametrize("part", [";", "; a", ';a="', "; \t", "; filename*=", "'%"])
def test_a_hostile_header_takes_no_time(part: str) -> None:
    assert extended_name(b"form-data" + part.encode() * (8_000 // len(part))) is None
