"""Every form of what a question asks for is found in a text, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.passages.occurrences import lower, occurrences
from retrieval.question import Question, read_question


def _read(question: str) -> Question:
    return read_question(question, lambda _: 1.0)


def _words(question: str, text: str) -> set[str]:
    lowered = lower(text)
    found = [at for term in _read(question).terms for at in occurrences(lowered, term)]
    return {text[at:].split(maxsplit=1)[0].strip(".,;") for at in found}


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        ("policies", "The policy and policies of police.", {"policy", "policies"}),
        ("hoping", "She hoped and hopes to hop over hope.", {"hoped", "hopes", "hope"}),
        ("running", "He ran, runs a runner's running rung.", {"runs", "running"}),
        ("car", "A car, two cars, no carry, no scar.", {"car", "cars"}),
        ("INV-2041", "Invoice INV-2041 and 2041 and INV.", {"INV-2041", "2041", "INV"}),
        ("10 kg", "It weighs 10kg net.", {"10kg", "kg"}),
        ("東京都", "彼は東京都に住む", {"東京都に住む", "京都に住む"}),
        ("Who leads IT?", "Leave it; IT is not ITEM.", {"IT"}),
        ("Wie ist der Urlaub?", "Ein Urlaubsanspruch, Jahresurlaube und Urlaute.", {"Urlaubsanspruch", "urlaube"}),
        ("Wo ist der Wartungsvertrag?", "Die Hafenwartungsvertragsdauer, Wartung.", {"wartungsvertragsdauer"}),
        ("Wo ist das Häuschen der Straße?", "Haus in der Straße, Häuschen, STRASSE", {"Straße", "Häuschen", "STRASSE"}),
        ("Herr Mueller", "Frau Müller und Mueller.", {"Müller", "Mueller"}),
        ("informação", "As informações, informacao, infantil.", {"informações", "informacao"}),
        ("Где договор?", "Договоры и договора, домов.", {"Договоры", "договора"}),
        ("ما هو الكتاب", "والكتاب في كتاب", {"كتاب"}),
        ("किताबें", "किताब की किताबें", {"किताब", "किताबें"}),
        ("המשרד", "משרד במשרד", {"משרד"}),
        ("4 March 2027", "2027-03-04, 5 March 2027, 4.3.2027 or 2027-03.", {"2027-03-04", "4.3.2027"}),
        ("March 2027", "2027-03-04, 5 March 2027, 4.4.2027", {"2027-03-04", "5"}),
        ("at 2.30 pm", "14:30, 2:30 and 2:30 PM", {"14:30", "2:30"}),
        ("1,250.00", "1.250,00 or 1250, not 12500 and 1.25", {"1.250,00", "1250"}),
    ],
)
def test_every_form_of_a_term_is_found_and_no_other_word(question: str, text: str, expected: set[str]) -> None:
    assert _words(question, text) == expected


def test_a_compound_is_found_as_the_question_writes_it() -> None:
    terms = {term.stem: term for term in _read("Is INV-2041 paid?").terms}
    assert occurrences(lower("inv 2041, inv-2041, inv-20415"), terms["inv2041"]) == [10]


@given(st.text(max_size=60))
def test_lower_case_keeps_every_character_at_its_position(text: str) -> None:
    lowered = lower(text)
    assert lowered.original == text
    assert len(lowered.written) == len(lowered.bare) == len(text)
    pairs = zip(lowered.written, text.replace("\u0130", "i"), strict=True)
    assert all(new in {old, old.lower()} or (new.isdigit() and old.isdigit()) for new, old in pairs)


def test_accents_and_other_digits_are_folded_in_place() -> None:
    assert lower("\u00c9t\u00e9 \u0664 \u0130zmir").bare == "ete 4 izmir"
