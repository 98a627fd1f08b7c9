"""Words that the fund never buys: what must be found, what must not, in both languages."""

from __future__ import annotations

import pytest

from funds.policy import Severity, Step
from funds.policy.words import Text
from tests.funds.policy.cases import facts, said, shipped

FOUND = [
    ("Two bottles of wine", "wine", "alcohol"),
    ("WINE", "wine", "alcohol"),
    ("wines for the party", "wine", "alcohol"),
    ("Una caja de cervezas", "cerveza", "alcohol"),
    ("licores", "licor", "alcohol"),
    ("wi\u200bne", "wine", "alcohol"),
    ("cigarettes", "cigarette", "tobacco"),
    ("Cigarrillos", "cigarrillo", "tobacco"),
    ("lottery tickets", "lottery", "gambling"),
    ("Boletos de LOTERÍA", "loteria", "gambling"),
    ("marihuana", "marihuana", "illegal goods or weapons"),
    ("a hunting rifle", "rifle", "illegal goods or weapons"),
    ("municiones", "municion", "illegal goods or weapons"),
    ("old credit card bills", "credit card bill", "debts and loans"),
    ("Pago de préstamos", "prestamo", "debts and loans"),
    ("parking fines", "fine", "fines and court costs"),
    ("Fine for the fine arts class", "fine", "fines and court costs"),
    ("penalties", "penalty", "fines and court costs"),
    ("Multas de tránsito", "multa", "fines and court costs"),
    ("property taxes", "tax", "taxes"),
    ("impuestos", "impuesto", "taxes"),
    ("cash for the week", "cash", "cash"),
    ("Dinero en efectivo", "en efectivo", "cash"),
    ("birthday gifts", "gift", "gifts and donations"),
    ("donaciones", "donacion", "gifts and donations"),
    ("family vacation", "vacation", "vacations"),
    ("vacaciones", "vacacion", "vacations"),
    ("mortgage payment", "mortgage", "mortgages"),
    ("hipotecas", "hipoteca", "mortgages"),
    ("staff salaries", "staff salary", "the agency's own costs"),
    ("gastos administrativos", "gasto administrativo", "the agency's own costs"),
    ("Dental visit covered by Medicaid", "covered by medicaid", "what Medicaid pays"),
]
PASSES = [
    "Fine arts class",
    "fine-tip markers",
    "Credit check fee",
    "Security deposit",
    "Depósito de fianza de la renta",
    "Rubbing alcohol and alcohol pads",
    "Alcohol-free mouthwash",
    "Alcohol counseling",
    "Wine vinegar",
    "root beer",
    "Gun lock for a safe home",
    "Glue gun for the workshop",
    "Hogar con fines educativos",
    "Fines de semana en el gimnasio",
    "Tax preparation class",
    "Boots, $40 plus tax",
    "Cash register training",
    "Cashier uniform",
    "Gift card for groceries",
    "Tarjetas de regalo para comida",
    "Housing lottery application fee",
    "Taxi to the clinic",
    "Bus ticket",
    "Dental visit, not covered by Medicaid",
    "Lentes que no cubre el seguro",
    "Debt counseling",
    "Loaner wheelchair",
    "Refined flour",
    "Defined contribution class",
    "Drum lessons",
    "A cruiser bicycle",
    "Presents well at interviews",
    "Rumba class",
    "Winery job: work boots",
    "",
]


@pytest.mark.parametrize(("item", "word", "name"), FOUND)
@pytest.mark.parametrize("is_emergency", [False, True])
def test_a_prohibited_word_is_found(item: str, word: str, name: str, is_emergency: bool) -> None:
    (finding,) = said(shipped("prohibited"), facts(item=item, is_emergency=is_emergency), Step.SUBMIT, "prohibited")
    assert finding.severity is Severity.BLOCK
    assert f"“{word}”" in finding.text_en and finding.text_en.split("not buy: ")[1].startswith(name + ".")
    assert finding.remedy_en == "Take it off the request, or say it in other words if you mean something else."
    assert finding.remedy_es == "Quítelo de la solicitud, o dígalo con otras palabras si es otra cosa."


@pytest.mark.parametrize("item", PASSES)
def test_an_innocent_item_passes(item: str) -> None:
    assert said(shipped("prohibited"), facts(item=item), Step.SUBMIT, "prohibited") == []


def test_each_listed_word_is_found_alone_and_each_allowed_phrase_passes() -> None:
    """A list entry that could never hit, or never excuse, would be a silent hole."""
    (rule,) = shipped("prohibited")
    for item in rule.params["items"]:
        for word in item["words"]:
            assert Text(f"Please buy {word} today").find([word]) == word
        for phrase in item.get("allowed", ()):
            assert Text(f"Please buy {phrase} today").find(item["words"], item["allowed"]) is None, phrase


def test_every_kind_of_prohibited_thing_is_told() -> None:
    found = said(shipped("prohibited"), facts(item="wine, cigarettes and beer"), Step.SUBMIT, "prohibited")
    assert sorted(finding.text_en.split("“")[1].split("”")[0] for finding in found) == ["beer", "cigarette"]


def test_an_allowed_phrase_excuses_only_its_own_place() -> None:
    assert Text("alcohol pad and alcohol").find(["alcohol"], ["alcohol pad"]) == "alcohol"
    assert Text("alcohol pad and alcohol pads").find(["alcohol"], ["alcohol pad"]) is None
    assert Text("pad of alcohol").find(["alcohol"], ["alcohol pad"]) == "alcohol"
    assert Text("street drugs").find(["street drug"]) == "street drug"
    assert Text("street and drug").find(["street drug"]) is None
    assert Text("drug street").find(["street drug"]) is None
    assert Text("a").find(["a b"]) is None
