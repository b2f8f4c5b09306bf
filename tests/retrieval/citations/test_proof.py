"""A sentence keeps its citation only if the passage says the same, and loses it if one thing differs."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from retrieval.citations.verification import verify
from tenancy.index.hits import Hit

MakeHits = Callable[..., tuple[Hit, ...]]


@dataclass(frozen=True)
class Case:
    """A passage, the question, what is true by it, and what is not."""

    kind: str
    passage: str
    question: str
    true: tuple[str, ...]
    false: tuple[str, ...]


_LEAVE = "Every full-time employee has 28 days of paid annual leave. From the sixth year of service it is 31 days."
_HOTEL = "Hotel: up to EUR 140 per night, in Oslo and Bern up to EUR 210.\nAlcohol is not reimbursed, but meals are."
_SHIFTS = "First aiders: early shift Mats Lund and Aino Koski, late shift Pavel Cerny, night shift Irma Berg."
_FEES = "Returns from Norway cost NOK 99, within the EU they are free. Loads above 1,200 kg need 2 people."
_MINUTES = "Present: Elin Holm (chair), Omar Said, Tess Nowak. Absent: Lars Falk.\nApologies: Ida Moen."
_TERM = "The agreement begins on 1 March 2026 and has a term of 36 months. Claims are notified within seven days."

CASES = [
    Case(
        "numbers",
        _LEAVE,
        "How much leave?",
        ("Employees have 28 days of annual leave.",),
        ("Employees have 27 days of annual leave.", "Employees have 31 days of paid annual leave."),
    ),
    Case(
        "number of the question alone", _LEAVE, "How many days of annual leave do I have?", ("28 days",), ("31 days",)
    ),
    Case(
        "what a number counts",
        _FEES,
        "What do returns cost?",
        ("Returns from Norway cost NOK 99.", "Returns from Norway cost 99 kroner."),
        (
            "You have 99 days for returns from Norway.",
            "Returns from Norway cost 99 euros.",
            "99 returns came from Norway.",
        ),
    ),
    Case(
        "units",
        _TERM,
        "How long is the term?",
        ("The term is 36 months.",),
        ("The term is 36 years.", "The term is 36 weeks."),
    ),
    Case(
        "words for numbers",
        _TERM,
        "When are claims notified?",
        ("Claims must be notified within 7 days.",),
        ("Claims must be notified within 8 days.", "Claims must be notified within seven weeks."),
    ),
    Case(
        "thousands in any writing",
        _FEES,
        "Which loads need two people?",
        (
            "Loads above 1.200 kg need two people.",
            "Loads above 1 200 kg need two people.",
            "Loads above 1.2 t need two people.",
        ),
        (
            "Loads above 120 kg need two people.",
            "Loads above 1,200 g need two people.",
            "Loads above 1,200 lbs need two people.",
        ),
    ),
    Case(
        "bounds",
        "Orders have a minimum of 500 euros. At most 40 pallets are stored.",
        "What is the minimum?",
        ("Orders need at least 500 euros.", "Up to 40 pallets are stored."),
        ("Orders may have at most 500 euros.", "At least 40 pallets are stored."),
    ),
    Case(
        "both ends of a change",
        "The tent is delayed further, from week 19 to week 22.",
        "When does it arrive?",
        ("The tent is delayed to week 22.",),
        ("The tent is delayed to week 19.", "The tent is delayed by 22 weeks."),
    ),
    Case(
        "neighbours in one sentence",
        _HOTEL,
        "What is the hotel limit?",
        ("The hotel limit in Bern is EUR 210 per night.",),
        ("The hotel limit in Bern is EUR 140 per night.", "The hotel limit in Bern is EUR 210 per week."),
    ),
    Case(
        "negation",
        _HOTEL,
        "What is reimbursed?",
        ("Alcohol is not reimbursed.", "Meals are reimbursed."),
        ("Alcohol is reimbursed.", "Meals are not reimbursed.", "Alcohol is always reimbursed."),
    ),
    Case(
        "opposites",
        "Smoking is forbidden in hall C. Delivery is included in the fee. Offers are open until noon.",
        "What holds?",
        ("Smoking is not allowed in hall C.", "The fee includes delivery."),
        ("Smoking is allowed in hall C.", "Delivery is excluded from the fee.", "Offers are closed until noon."),
    ),
    Case(
        "before and after",
        "Hand in the form before the trip. Prices increased in May.",
        "When?",
        ("The form is handed in before the trip.",),
        ("The form is handed in after the trip.", "Prices decreased in May."),
    ),
    Case(
        "only and no longer",
        "Forklifts are driven by trained staff only. The outlet is no longer open.",
        "Who?",
        ("Forklifts are driven only by trained staff.", "The outlet is not open any more."),
        (
            "Forklifts are not driven by trained staff.",
            "The outlet is open.",
            "Forklifts are driven not only by trained staff.",
        ),
    ),
    Case(
        "prefixes",
        "Tickets are non-refundable.",
        "Refunds?",
        ("Tickets are not refundable.",),
        ("Tickets are refundable.",),
    ),
    Case(
        "a mere yes or no",
        _HOTEL,
        "Is alcohol reimbursed?",
        ("No.", "No, alcohol is not reimbursed."),
        ("Yes.", "Yes, alcohol is reimbursed."),
    ),
    Case(
        "questions and their answers",
        "Q: Can I sell on marketplaces?\nA: No. Ask us first.\nQ: Is there a minimum order?\nA: Yes, 500 euros each.",
        "Can I sell on marketplaces?",
        ("You cannot sell on marketplaces.", "There is a minimum order of 500 euros."),
        ("You can sell on marketplaces.", "There is a maximum order of 500 euros."),
    ),
    Case(
        "how often",
        "The daily meal allowance is EUR 32. Fire drills are held twice a year.",
        "What is the allowance?",
        ("The meal allowance is EUR 32 per day.", "Fire drills are held twice per year."),
        ("The weekly meal allowance is EUR 32.", "Fire drills are held twice a month."),
    ),
    Case(
        "names",
        _SHIFTS,
        "Who is first aider on the night shift?",
        ("The first aider on the night shift is Irma Berg.", "Irma Berg"),
        (
            "The first aider on the night shift is Nils Dahl.",
            "The first aider on the night shift is Pavel Cerny.",
            "Mats Lund is first aider on the night shift.",
        ),
    ),
    Case(
        "absent persons",
        _MINUTES,
        "Who attended?",
        ("Elin Holm, Omar Said and Tess Nowak attended.",),
        ("Lars Falk attended.", "Ida Moen was present.", "Elin Holm, Omar Said and Lars Falk attended."),
    ),
    Case(
        "dates",
        _TERM,
        "When does it begin?",
        (
            "The agreement begins on 2026-03-01.",
            "The agreement begins on March 1st, 2026.",
            "The agreement begins on Sunday, 1 March 2026.",
        ),
        (
            "The agreement begins on 2 March 2026.",
            "The agreement begins on 1 May 2026.",
            "The agreement begins on 1 March 2027.",
            "The agreement begins on Monday, 1 March 2026.",
        ),
    ),
    Case(
        "times of day",
        "The gate opens at 9:30 and closes at 5 pm.",
        "When?",
        ("The gate opens at 9.30 am and closes at 17:00.",),
        ("The gate opens at 8:30.", "The gate closes at 5 am."),
    ),
    Case(
        "codes",
        "Order the pole kit as R-77; the spare bag is R-78.",
        "Which article?",
        ("The pole kit is article R-77.",),
        ("The pole kit is article R-79.", "The pole kit is article R-78."),
    ),
    Case(
        "sums made by the model",
        "Hall A has 12 gates. Hall B has 15 gates.",
        "How many gates?",
        ("Hall A has 12 gates and hall B has 15 gates.",),
        ("Hall A and hall B have 27 gates.",),
    ),
    Case(
        "German",
        "Mängel werden innerhalb von 14 Tagen gemeldet. Rücksendungen ohne Nummer werden nicht angenommen. "
        "Ansprechpartnerin ist Heike Lind.",
        "Wie lange?",
        ("Mängel sind innerhalb von vierzehn Tagen zu melden.", "Die Ansprechpartnerin heißt Heike Lind."),
        (
            "Mängel sind innerhalb von 14 Wochen zu melden.",
            "Rücksendungen ohne Nummer werden angenommen.",
            "Die Ansprechpartnerin heißt Jana Pohl.",
        ),
    ),
    Case(
        "Spanish",
        "El pago se realiza antes del 4 de mayo de 2026. No se aceptan devoluciones sin número.",
        "¿Cuándo?",
        ("El pago debe realizarse antes del 4 de mayo de 2026.",),
        (
            "El pago debe realizarse después del 4 de mayo de 2026.",
            "El pago debe realizarse antes del 4 de junio de 2026.",
            "Se aceptan devoluciones sin número.",
        ),
    ),
    Case(
        "French",
        "Lavez la toile à 30 °C au maximum. N'utilisez jamais de machine. Le kit coûte 24 euros.",
        "Comment laver ?",
        ("La toile se lave à trente degrés au maximum.", "Le kit est vendu 24 euros."),
        ("La toile se lave à 40 °C au maximum.", "Utilisez une machine.", "Le kit est vendu 24 dollars."),
    ),
    Case(
        "Russian",
        "Сотрудники получают 28 дней отпуска. Алкоголь не возмещается.",
        "Сколько?",
        ("Отпуск сотрудников — 28 дней.", "Алкоголь не возмещается."),
        ("Отпуск сотрудников — 29 дней.", "Алкоголь возмещается.", "Отпуск сотрудников — 28 недель."),
    ),
    Case(
        "Arabic",
        "يحصل الموظف على 28 يوما من الإجازة. لا يسمح بالتدخين في القاعة.",
        "كم؟",
        ("يحصل الموظف على ٢٨ يوما من الإجازة.",),
        ("يحصل الموظف على 30 يوما من الإجازة.", "يسمح بالتدخين في القاعة."),
    ),
    Case(
        "Chinese",
        "员工每年有28天带薪年假。大厅内禁止吸烟。",
        "年假多少天?",
        ("员工有28天带薪年假。",),
        ("员工有30天带薪年假。", "员工没有28天带薪年假。", "大厅内可以吸烟。"),
    ),
    Case(
        "another language",
        _LEAVE,
        "Wie viele Urlaubstage habe ich?",
        ("Sie haben 28 Tage Urlaub.", "Vous avez 28 jours de congé.", "У вас 28 дней отпуска."),
        (
            "Sie haben 29 Tage Urlaub.",
            "Sie haben 28 Wochen Urlaub.",
            "Sie haben keine 28 Tage Urlaub.",
            "Sie haben sehr viel Urlaub.",
        ),
    ),
]


@pytest.mark.shows("answers.proof")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.kind)
def test_L62_a_claim_is_cited_only_if_its_passage_says_the_same(make_hits: MakeHits, case: Case) -> None:
    hits = make_hits(case.passage, "The canteen opens at noon.")
    shown = {
        claim: bool(verify(f"{claim} [1]", hits, question=case.question, required=True).citations)
        for claim in (*case.true, *case.false)
    }
    assert {claim for claim, cited in shown.items() if cited} == set(case.true)
