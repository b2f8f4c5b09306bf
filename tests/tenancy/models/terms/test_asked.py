"""A question meets the documents of its language, however short it is."""

import pytest

from tenancy.models.terms import document_counts, question_weights


@pytest.mark.parametrize(
    ("question", "document"),
    [
        ("Kündigungsfristen", "Die Kündigungsfrist ist für alle Mieter gleich, und sie wird nicht verkürzt."),
        ("Urlaub", "Der Urlaubsanspruch ist in der Probezeit nicht kürzer als nach ihr."),
        ("Urlaubsanspruch?", "Der Anspruch auf Urlaub ist in der Probezeit nicht kürzer als nach ihr."),
        ("Wartungsvertrag", "Die Hafenwartungsvertragsverlängerung ist noch nicht von uns."),
        ("Frau Mueller", "Das ist nicht von der Frau Müller, die bei uns war."),
        ("Herr Schäfer", "It is not for the manager, and Mr Schaefer has signed it."),
        ("contratos", "El contrato no es de la empresa, y se firma con una carta."),
        ("informaciones", "La informacion no es de la empresa, y se firma con una carta."),
        ("sözleşmeler", "Bu sözleşme şirket için değil, ve müşteri daha sonra bir mektup imzalar."),
        ("umowa", "Te umowy nie są od tej firmy, a klient podpisuje je oraz list."),
        ("refund policies", "The policy of the company is not to refund."),
        ("המשרד", "זה לא של משרד החברה, הוא היה כאן"),
        ("cafe", "Le café est dans la rue, et il n'est pas à nous."),
        ("When is 4 March 2027?", "Termin: 04.03.2027"),
        ("Who leads IT?", "IT is led by Jonas Feld."),
        ("Who is Jonas?", "Das ist nicht von Jonas, und er war auch nicht da."),
        ("Where is Müller?", "Das ist nicht von der Frau Müller, die bei uns war."),
        ("Jonas", "Das ist nicht von Jonas, und er war auch nicht da."),
    ],
)
def test_a_question_meets_its_document(question: str, document: str) -> None:
    assert question_weights(question).keys() & document_counts(document).keys()


def test_every_word_weighs_most_in_the_language_of_the_question() -> None:
    weights = question_weights("Wie lange ist der Urlaubsanspruch?")
    assert weights["urlaubsanspruch"] == 1.0
    assert weights["urlaub"] < 0.5


def test_only_a_question_without_other_words_keeps_function_words() -> None:
    assert question_weights("Who is it?").keys() >= {"who", "is", "it"}
    assert "who" not in question_weights("Who is the manager?")


def test_a_date_is_asked_for_as_one() -> None:
    weights = question_weights("Was ist am 4. März 2027?")
    assert weights == {"2027-03-04": 1.0, "--03-04": 0.3, "2027-03": 0.3, "2027": 0.4}
