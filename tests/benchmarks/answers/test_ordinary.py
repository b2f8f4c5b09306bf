"""The ordinary questions are whole, and their answers are graded as a reader would."""

from collections.abc import Mapping, Sequence

import pytest

from benchmarks.answers.ordinary.documents import TENANTS, documents
from benchmarks.answers.ordinary.grades import AnswerGrade, ends_amid_a_sentence, grade
from benchmarks.answers.ordinary.questions import OrdinaryQuestion, questions
from ingestion.formats.assembly import assemble
from ingestion.formats.content import Content, Table
from ingestion.formats.detection import detect
from ingestion.parse.outcome import Limits

QUESTIONS = questions()
FEE = OrdinaryQuestion("What is the fee?", "newer", [["12 francs"], ["fee", "twelve"]], "new.md", older="9 francs")
COUNT = OrdinaryQuestion("How many pumps are in use?", "aggregate", [["5"]], "pumps.csv", rows={"Used": "yes"})
OPEN = OrdinaryQuestion("Who built it?", "near")


@pytest.fixture(scope="module", params=TENANTS)
def tenant(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def contents(tenant: str, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Content]:
    found = {}
    for name, content in documents(tenant).items():
        path = tmp_path_factory.mktemp("ordinary") / name
        path.write_bytes(content)
        kind = detect(name, content[:8192])
        assert kind is not None, name
        found[name] = kind.read(path, Limits())
    return found


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _rows(content: Content, columns: Sequence[str]) -> list[dict[str, str]]:
    tables = [each for each in content.blocks if isinstance(each, Table) and set(columns) <= set(each.header)]
    return [dict(zip(each.header, row.cells, strict=True)) for each in tables for row in each.rows]


def test_expected_answers_stand_in_their_sources(tenant: str, contents: Mapping[str, Content]) -> None:
    texts = {name: _plain(assemble(each, Limits()).text) for name, each in contents.items()}
    missing = [
        (each.text, part)
        for each in QUESTIONS[tenant]
        if not each.is_computed
        for parts in each.alternatives
        for part in parts
        if _plain(part) not in texts[each.source]
    ]
    assert missing == []
    older = [each for each in QUESTIONS[tenant] if each.older]
    assert older
    for each in older:
        assert any(_plain(each.older) in text for name, text in texts.items() if name != each.source), each.text


def test_counts_and_sums_are_those_of_their_tables(tenant: str, contents: Mapping[str, Content]) -> None:
    computed = [each for each in QUESTIONS[tenant] if each.is_computed]
    assert computed
    for each in computed:
        rows = _rows(contents[each.source], [*each.rows, *filter(None, [each.total])])
        fitting = [row for row in rows if each.rows.items() <= row.items()]
        value = sum(int(row[each.total]) for row in fitting) if each.total else len(fitting)
        assert each.alternatives == [[str(value)]], each.text


def test_no_question_is_asked_twice(tenant: str) -> None:
    texts = [_plain(each.text) for each in QUESTIONS[tenant]]
    assert len(texts) == len(set(texts))


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        (FEE, "The fee is 12 francs. [1]", AnswerGrade.RIGHT),
        (FEE, "The fee is\n12  Francs. [1] Before, it was 9 francs. [2]", AnswerGrade.RIGHT),
        (FEE, "It was 9 francs. [1] The fee is 12 francs. [2]", AnswerGrade.WRONG),
        (FEE, "The fee is 112 francs. [1]", AnswerGrade.WRONG),
        (FEE, "The fee is 12 francs. [1] " + "Other things are said as well. " * 15, AnswerGrade.NOISY),
        (FEE, "Twelve. [1]", AnswerGrade.WRONG),
        (FEE, "Twelve is the fee. [1]", AnswerGrade.RIGHT),
        (COUNT, "5 rows are so. [1]", AnswerGrade.RIGHT),
        (COUNT, "1.5 rows are so. [5]", AnswerGrade.WRONG),
        (COUNT, "Pump | Used | Year\nP-1 | yes | 5 [1]", AnswerGrade.WRONG),
        (OPEN, "It was built in 1936. [1]", AnswerGrade.WRONG),
    ],
)
def test_answers_are_graded(question: OrdinaryQuestion, answer: str, expected: AnswerGrade) -> None:
    assert grade(question, answer, is_refused=False, cut_off=False) is expected


def test_refusals_and_cut_answers_are_graded() -> None:
    assert grade(FEE, "It is not said.", is_refused=True, cut_off=False) is AnswerGrade.REFUSED
    assert grade(FEE, "The fee is 12 francs for", is_refused=False, cut_off=True) is AnswerGrade.NOISY


@pytest.mark.parametrize(
    ("quote", "following", "is_cut"),
    [
        ("The pool is", " open.", True),
        ("The pool is open.", " Then it closes.", False),
        ("“The pool is open.”", " Then it closes.", False),
        ("Lido | 10:00", "\nOberfeld | 09:00", False),
        ("The pool is open", "", False),
        ("**Open.**", " From May.", False),
    ],
)
def test_quotes_that_end_amid_a_sentence_are_told(quote: str, following: str, *, is_cut: bool) -> None:
    assert ends_amid_a_sentence(quote, following) is is_cut
