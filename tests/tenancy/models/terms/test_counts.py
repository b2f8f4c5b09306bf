"""Terms are found in any script and language."""

import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenancy.models.terms import STOP_WORDS, document_counts, term_counts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {}),
        ("the of and who is it", {}),
        ("Leases, leasing and the lease", {"leas": 3}),
        ("INV-2041", {"inv": 1, "2041": 1, "inv2041": 1}),
        ("inv2041", {"inv": 1, "2041": 1, "inv2041": 1}),
        ("1,250,000 euros", {"1250000": 1, "euro": 1}),
        ("3.5 is not 35", {"3.5": 1, "35": 1}),
        ("section 4.2.1", {"section": 1, "4.2.1": 1}),
        (
            "2026-03-01",
            {
                "2026": 1,
                "03": 1,
                "01": 1,
                "20260301": 1,
                "2026-03-01": 1,
                "2026-03": 1,
                "--03-01": 1,
            },
        ),
        ("max_tokens", {"max": 1, "token": 1, "maxtoken": 1}),
        ("e-mail email", {"e": 1, "mail": 1, "email": 2}),
        ("tenant's tenants\u2019 tenant", {"tenant": 3}),
        ("black/white", {"black": 1, "white": 1}),
        ("Harlow,2026,INV-9", {"harlow": 1, "2026": 1, "inv": 1, "9": 1, "inv9": 1}),
        ("a/path/of/many/parts/7", {"path": 1, "mani": 1, "part": 1, "7": 1}),
        ("\uff26\uff29\uff2c\uff25 \ufb01le", {"file": 2}),
        ("STRASSE stra\u00dfe", {"strass": 2}),
        ("ter\u00admination", {"termin": 1}),
        ("caf\u00e9 cafe\u0301", {"cafe": 2}),
        ("解約通知", {"解約": 1, "約通": 1, "通知": 1}),
        ("東", {"東": 1}),
        ("契約INV-7号", {"契約": 1, "inv": 1, "7": 1, "inv7": 1, "号": 1}),
        ("हिन्दी में", {"हिन्द": 1}),
        ("_ -- ... ''", {}),
    ],
)
def test_a_text_has_the_terms_a_reader_would_search_by(text: str, expected: dict[str, int]) -> None:
    assert term_counts(text) == expected


@given(st.lists(st.sampled_from(sorted(STOP_WORDS))))
def test_a_text_of_function_words_has_no_terms(words: list[str]) -> None:
    assert term_counts(" ".join(words)) == {}


def test_words_that_are_names_once_their_capital_is_gone_are_kept() -> None:
    assert set(term_counts("May will US won")) == {"may", "will", "us", "won"}


def test_a_long_run_of_letters_is_one_bounded_term() -> None:
    (term,) = term_counts("x" * 10_000)
    assert len(term) <= 64


@given(st.text())
def test_any_text_has_terms_without_spaces_and_positive_counts(text: str) -> None:
    counts = term_counts(text)
    assert all(count > 0 and term and not term.isspace() for term, count in counts.items())


@given(st.text(alphabet=st.characters(codec="ascii")))
def test_ascii_text_has_the_same_terms_alone_and_beside_another_script(text: str) -> None:
    beside = term_counts(f"{text} 東")
    assert beside == {**term_counts(text), "東": 1}


@given(st.text())
def test_canonically_equal_texts_have_equal_terms(text: str) -> None:
    assert term_counts(unicodedata.normalize("NFD", text)) == term_counts(unicodedata.normalize("NFC", text))


def test_texts_counted_on_many_threads_keep_their_own_terms() -> None:
    texts = [f"leases number {n} were terminated early by {n} tenants" for n in range(400)]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(term_counts, texts)) == [term_counts(text) for text in texts]


@pytest.mark.parametrize(
    ("text", "has", "hasnt"),
    [
        ("The lease is with IT, and it is signed.", {"it", "leas"}, {"with", "and"}),
        ("A WHO office OR a ward is not in the NDA.", {"who", "or", "nda"}, {"not"}),
        ("Der Vertrag liegt bei der IT und nicht beim Amt.", {"it", "vertrag"}, {"der", "nicht", "beim"}),
        ("IT | HR | US\nThe rest is text.", {"it", "hr", "us"}, {"is"}),
        ("TERMS OF THE AGREEMENT AND NOTICES\nThe rest is text.", {"term", "agreement"}, {"of", "the", "and"}),
    ],
)
def test_capitals_make_names_of_function_words(text: str, has: set[str], hasnt: set[str]) -> None:
    terms = term_counts(text).keys()
    assert has <= terms
    assert not hasnt & terms


_SENTENCES = {
    "german": "Die Verträge sind nicht von der Firma, und sie werden auch nicht vom Kunden gekündigt.",
    "french": "Les contrats ne sont pas signés par le client, mais ils sont dans les dossiers de la société.",
    "spanish": "Los contratos no son de la empresa, y el cliente los firma con una carta para su abogado.",
    "italian": "I contratti non sono della società, e il cliente li firma con una lettera per il suo avvocato.",
    "portuguese": "Os contratos não são da empresa, e o cliente assina uma carta para o seu advogado.",
    "dutch": "De contracten zijn niet van het bedrijf, en de klant tekent een brief voor zijn advocaat.",
    "swedish": "Avtalen är inte från företaget, och kunden skriver under ett brev till sin advokat.",
    "danish": "Aftalerne er ikke fra firmaet, og kunden skriver under på et brev til sin advokat af hvad der er nu.",
    "finnish": "Sopimukset eivät ole yhtiön, ja asiakas on allekirjoittanut ne myös silloin kun hän ei ole paikalla.",
    "polish": "Umowy nie są od tej firmy, a klient podpisuje je oraz list do swojego adwokata, który jest w domu.",
    "romanian": "Contractele nu sunt ale firmei, iar clientul le semnează cu o scrisoare pentru avocatul care este.",
    "turkish": "Bu sözleşmeler şirket için değil, ve müşteri daha sonra avukat ile bir mektup imzalar.",
    "russian": "Договоры не были подписаны клиентом, и они не находятся в его папке.",
    "arabic": "هذه العقود ليست من الشركة ولا يوقع عليها العميل في المكتب.",
    "greek": "Τα συμβόλαια δεν είναι της εταιρείας και ο πελάτης τα υπογράφει με μια επιστολή.",
}


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("german", ("Vertrag", "Verträge", "Verträgen")),
        ("french", ("contrat", "contrats")),
        ("spanish", ("contrato", "contratos")),
        ("italian", ("contratto", "contratti")),
        ("portuguese", ("informação", "informações")),
        ("dutch", ("contract", "contracten")),
        ("swedish", ("avtalet", "avtalen")),
        ("danish", ("aftalen", "aftalerne")),
        ("finnish", ("talossa", "talon")),
        ("polish", ("pracownik", "pracowników")),
        ("romanian", ("contractul", "contractele")),
        ("turkish", ("kitaplar", "kitabın")),
        ("russian", ("договор", "договоры", "договора")),
        ("arabic", ("مدرسة", "المدرسة", "والمدرسة")),
        ("greek", ("συμβόλαιο", "συμβολαίου")),
    ],
)
def test_forms_of_a_word_are_one_term_in_a_text_of_its_language(language: str, forms: tuple[str, ...]) -> None:
    sentence = _SENTENCES[language]
    added = [term_counts(f"{sentence} {form}") for form in forms]
    assert all(counts == added[0] for counts in added)


@pytest.mark.parametrize("language", sorted(_SENTENCES))
def test_function_words_are_left_out_in_every_language(language: str) -> None:
    sentence = _SENTENCES[language]
    assert sum(term_counts(sentence).values()) <= 0.75 * len(sentence.split())


def test_a_list_with_a_few_foreign_function_words_stays_english() -> None:
    names = "Round tables: Aga Khan, Sultan Ahmed, Maulana Ali, Fazl Haq, Les Paul, Sir Shafi, Zafar Ullah, Est Road"
    assert {"tabl", "sultan"} <= term_counts(names).keys()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("สัญญาเช่า", {"สัญ", "ญญ", "ญา", "าเช่", "เช่า"}),
        ("ทำ น้ำ", {"ทำ", "น้ำ"}),
        ("계약서", {"계약", "약서", "계약서"}),
        ("כָּתַב", {"כתב"}),
        ("كِتَـاب", {"كتاب"}),
        ("\u0661\u0662\u0663", {"123"}),
        ("\u0130stanbul", {"istanbul"}),
    ],
)
def test_each_script_is_cut_as_it_is_written(text: str, expected: set[str]) -> None:
    assert term_counts(text).keys() == expected


def test_a_document_is_found_by_the_parts_of_its_compounds() -> None:
    counts = document_counts("Der Urlaubsanspruch und die Hafenwartungsvertragsverlängerung sind nicht neu.")
    assert counts["urlaubsanspruch"] == 1
    assert 0 < counts["urlaub"] < 1
    assert {"anspruch", "wartungsvertrag", "verlanger"} <= counts.keys()


def test_english_words_have_no_parts() -> None:
    text = "The understanding of the agreement is not in the housekeeping of the company."
    assert document_counts(text) == term_counts(text)
