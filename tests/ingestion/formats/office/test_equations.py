"""Equations are lines that read as they are said."""

import pytest
from lxml import etree

from ingestion.formats.office.equations import linear
from tests.ingestion.formats.office.made_parts import declared


def _run(text: str) -> str:
    return f"<m:r><m:rPr/><m:t>{text}</m:t></m:r>"


def _part(name: str, inside: str) -> str:
    return f"<m:{name}>{inside if inside.startswith('<') else _run(inside)}</m:{name}>"


def _made(name: str, properties: str = "", **parts: str) -> str:
    each = "".join(_part(part, inside) for part, inside in parts.items())
    return f"<m:{name}><m:{name}Pr>{properties}</m:{name}Pr>{each}</m:{name}>"


_SUM = _made("f", num="a+b", den="c")
_EQUATIONS = {
    "runs": (_run("d=") + _run("3.57"), "d=3.57"),
    "fraction": (_SUM, "(a+b)/c"),
    "fraction of fractions": (_made("f", num=_SUM, den="2"), "((a+b)/c)/2"),
    "brackets that do not belong together": (_made("f", num="(a)+(b)", den="c"), "((a)+(b))/c"),
    "brackets that do": (_made("f", num=_made("d", e="a+b"), den="c"), "(a+b)/c"),
    "binomial": (_made("d", e=_made("f", '<m:type m:val="noBar"/>', num="n", den="k")), "((n over k))"),
    "power": (_made("sSup", e="x", sup="2"), "x^2"),
    "power of a sum": (_made("sSup", e="x+y", sup="n-1"), "(x+y)^(n-1)"),
    "index": (_made("sSub", e="a", sub="i") + _run("=1"), "a_i=1"),
    "index and power": (_made("sSubSup", e="a", sub="i", sup="2"), "a_i^2"),
    "index before": (_made("sPre", e="U", sub="92", sup="238"), "_92^238 U"),
    "root": (_made("rad", e="x+1", deg=""), "√(x+1)"),
    "cube root": (_made("rad", deg="3", e="8"), "[3]√8"),
    "sum": (_made("nary", '<m:chr m:val="∑"/>', sub="i=1", sup="n", e="i"), "∑_(i=1)^n i"),
    "integral": (_made("nary", sub="0", sup="1", e="x"), "∫_0^1 x"),
    "brackets": (_made("d", '<m:begChr m:val="["/><m:endChr m:val=""/>', e="x"), "[x"),
    "function": (_made("func", fName="sin", e="x"), "sin x"),
    "limit": (_made("func", fName=_made("limLow", e="lim", lim="x→0"), e="f"), "lim_(x→0) f"),
    "mean": (_made("bar", e="x"), "x\u0304"),
    "vector": (_made("acc", '<m:chr m:val="→"/>', e="v"), "v\u20d7"),
    "matrix": (
        "<m:m><m:mr><m:e/><m:e><m:r><m:t>1</m:t></m:r></m:e></m:mr><m:mr><m:e/><m:e/></m:mr></m:m>",
        "[, 1; , ]",
    ),
    "system": (_made("eqArr", e="x=1") + _run(","), "x=1,"),
    "hidden": (_made("phant", '<m:show m:val="0"/>', e="x") + _run("y"), "y"),
    "deleted": (f"<w:del>{_run('x')}</w:del><w:ins>{_run('y')}</w:ins>", "y"),
    "unknown": (_made("new", e="x"), "x"),
}


@pytest.mark.parametrize(("equation", "said"), _EQUATIONS.values(), ids=_EQUATIONS)
def test_equation_reads_as_it_is_said(equation: str, said: str) -> None:
    assert linear(etree.fromstring(declared(f"<m:oMath>{equation}</m:oMath>"))) == said
