"""Hard facts of the notices: day sent, period, renewals, awards, kind of buyer. What is not said is None."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from scanner.issues import Issue
from scanner.normalise import normalise
from scanner.notice import Amount, Award, Coded, Notice, RawNotice
from scanner.opportunity.buyer_kind import buyer_class
from scanner.source import load
from spiders.formats import parse

HERE = Path(__file__).resolve().parent / "ted"
SIRET, SIREN = "21600158600017", "216001586"


def understood(source: str, body: bytes, key: str = "1") -> tuple[Notice, list[Issue]]:
    raw = RawNotice(source, key, "https://exemple.invalid/", datetime(2026, 11, 17, tzinfo=UTC), body)
    draft, issues = parse(raw)
    assert draft is not None, issues
    notice, more = normalise(draft, load(source))
    return notice, issues + more


def codes(notice: Notice, field: str) -> set[str]:
    return {fact.value for fact in notice.coded if fact.field == field}


def record(donnees: dict[str, Any], **index: Any) -> bytes:
    fields = {"idweb": "26-1", "famille": "FNS", "nature": "ATTRIBUTION", "etat": "INITIAL", "objet": "Objet",
              "dateparution": "2026-09-04", "gestion": "{}", "donnees": json.dumps(donnees)}  # fmt: skip
    return json.dumps({**fields, **index}).encode()


# -- eForms ---------------------------------------------------------------------------------------------------------


def reference(name: str, key: str) -> dict[str, Any]:
    return {name: {"cbc:ID": key}}


def organisation(key: str, name: str, siret: str = "") -> dict[str, Any]:
    company: dict[str, Any] = {"cac:PartyIdentification": {"cbc:ID": key}, "cac:PartyName": {"cbc:Name": name}}
    if siret:
        company["cac:PartyLegalEntity"] = {"cbc:CompanyID": siret}
    return {"efac:Company": company}


def lot(key: str, **project: Any) -> dict[str, Any]:
    name = {"cbc:Name": f"Nom {key}"}
    return {"cbc:ID": {"@schemeName": "Lot", "#text": key}, "cac:ProcurementProject": {**name, **project}}


def period(**stated: Any) -> dict[str, Any]:
    return {"cac:PlannedPeriod": {f"cbc:{name}": value for name, value in stated.items()}}


def months(value: str) -> dict[str, str]:
    return {"@unitCode": "MONTH", "#text": value}


def renewed(times: str) -> dict[str, Any]:
    return {"cac:ContractExtension": {"cbc:MaximumNumberNumeric": times}}


def european(lots: Any, result: Any = None, **notice: Any) -> bytes:
    extra: dict[str, Any] = {
        "efac:Organizations": {
            "efac:Organization": [
                organisation("ORG-1", "Ville de Valmont", SIRET),
                organisation("ORG-2", "Jardins du Val", f" {SIRET[:9]} {SIRET[9:]} "),
                organisation("ORG-3", "Peinture Martin"),
                organisation("ORG-4", "unpublished", "unpublished"),
            ]
        }
    }
    if result is not None:
        extra["efac:NoticeResult"] = result
    root = {
        "ext:UBLExtensions": {"ext:UBLExtension": {"ext:ExtensionContent": {"efext:EformsExtension": extra}}},
        "cac:ContractingParty": {"cac:Party": {"cac:PartyIdentification": {"cbc:ID": "ORG-1"}}},
        "cac:ProcurementProject": {"cbc:Name": "Entretien"},
        "cac:ProcurementProjectLot": lots,
        **notice,
    }
    return record({"EFORMS": {"ContractAwardNotice": root}}, famille="JOUE")


def contract(key: str, *tenders: str, **days: str) -> dict[str, Any]:
    bound = {"efac:LotTender": [{"cbc:ID": tender} for tender in tenders]}
    return {"cbc:ID": key, **{f"cbc:{name}Date": value for name, value in days.items()}, **bound}


def tender(key: str, lot_key: str, party: str, value: str) -> dict[str, Any]:
    return {
        "cbc:ID": key,
        "cac:LegalMonetaryTotal": {"cbc:PayableAmount": {"@currencyID": "EUR", "#text": value}},
        **reference("efac:TenderLot", lot_key),
        **reference("efac:TenderingParty", party),
    }


def result_of(lot_key: str, contracts: list[str], tenders: list[str], code: str = "selec-w") -> dict[str, Any]:
    return {
        "cbc:TenderResultCode": code,
        "efac:TenderLot": {"cbc:ID": lot_key},
        "efac:LotTender": [{"cbc:ID": one} for one in tenders],
        "efac:SettledContract": [{"cbc:ID": one} for one in contracts],
    }


PARTIES = [
    {"cbc:ID": "TPA-1", "efac:Tenderer": [{"cbc:ID": "ORG-2"}, {"cbc:ID": "ORG-3"}]},
    {"cbc:ID": "TPA-2", "efac:Tenderer": {"cbc:ID": "ORG-3"}},
    {"cbc:ID": "TPA-3", "efac:Tenderer": {"cbc:ID": "ORG-4"}},
]


def test_eforms_tells_the_day_it_was_sent_whatever_its_offset() -> None:
    notice, issues = understood("boamp", european(lot("LOT-0001"), **{"cbc:IssueDate": "2026-09-01+02:00"}))
    assert (notice.sent, issues) == (date(2026, 9, 1), [])


@pytest.mark.parametrize(
    ("written", "sent", "told"),
    [
        ("2026-09-04Z", date(2026, 9, 4), []),  # the day of publication itself
        ("2026-09-05Z", None, ["envoi_absurde"]),
        ("hier", None, ["envoi_illisible"]),
        ("", None, []),
    ],
)
def test_a_day_of_dispatch_that_cannot_be_is_unknown_and_told(written: str, sent: date | None, told: list[str]) -> None:
    notice, issues = understood("boamp", european(lot("LOT-0001"), **{"cbc:IssueDate": written}))
    assert (notice.sent, [issue.code for issue in issues]) == (sent, told)


@pytest.mark.parametrize(
    ("project", "months_of_renewals"),
    [
        ({**period(DurationMeasure=months("12")), **renewed("3")}, 36),  # 12 + 36: four years, no more
        ({**period(DurationMeasure=months("13")), **renewed("3")}, None),  # beyond: perhaps already included
        ({**period(DurationMeasure=months("48")), **renewed("0")}, 0),
        ({**period(DurationMeasure=months("12"))}, None),
        (renewed("2"), None),
        ({**period(StartDate="2027-01-01Z", EndDate="2027-12-31Z"), **renewed("2")}, None),  # no duration is coded
    ],
)
def test_eforms_renewals_are_computed_from_codes_alone(project: Any, months_of_renewals: float | None) -> None:
    undivided, issues = understood("boamp", european(lot("LOT-0001", **project)))
    assert (undivided.renewal_months, issues) == (months_of_renewals, [])
    divided, _ = understood("boamp", european([lot("LOT-0001", **project), lot("LOT-0002")]))
    assert [one.renewal_months for one in divided.lots] == [months_of_renewals, None]
    assert divided.renewal_months is None


def test_eforms_renewals_that_are_no_number_are_told() -> None:
    notice, issues = understood("boamp", european(lot("LOT-0001", **renewed("trois"))))
    assert notice.renewal_months is None
    assert [issue.code for issue in issues] == ["reconductions_illisibles"]


def test_eforms_period_is_that_of_the_lot_and_of_the_notice_when_it_is_alone() -> None:
    stated = period(StartDate="2027-01-01+02:00", EndDate="2029-12-31+01:00")
    alone, _ = understood("boamp", european(lot("LOT-0001", **stated)))
    assert (alone.start, alone.end) == (date(2027, 1, 1), date(2029, 12, 31))
    divided, _ = understood("boamp", european([lot("LOT-0001", **stated), lot("LOT-0002")]))
    assert [(one.start, one.end) for one in divided.lots] == [(date(2027, 1, 1), date(2029, 12, 31)), (None, None)]
    assert (divided.start, divided.end) == (None, None)


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        ("2027-01-01Z", "2026-12-31Z", "periode_absurde"),
        ("2027-13-01Z", "", "date_illisible"),
        ("7017-01-01Z", "", "date_absurde"),
    ],
)
def test_a_period_that_cannot_be_is_unknown_and_told(start: str, end: str, told: str) -> None:
    notice, issues = understood("boamp", european(lot("LOT-0001", **period(StartDate=start, EndDate=end))))
    assert (notice.start, notice.end, [issue.code for issue in issues]) == (None, None, [told])


def test_eforms_awards_join_lot_contract_tender_and_companies() -> None:
    result = {
        "efac:LotResult": [
            result_of("LOT-0001", ["CON-1"], ["TEN-1", "TEN-9"]),  # TEN-9 lost: no contract binds it
            result_of("LOT-0002", ["CON-2", "CON-3"], ["TEN-2", "TEN-3"]),
            result_of("LOT-0003", [], [], "clos-nw"),
        ],
        "efac:LotTender": [
            tender("TEN-1", "LOT-0001", "TPA-1", "12000.50"), tender("TEN-9", "LOT-0001", "TPA-2", "13000"),
            tender("TEN-2", "LOT-0002", "TPA-2", "7000"), tender("TEN-3", "LOT-0002", "TPA-3", "-1"),
        ],
        "efac:SettledContract": [
            contract("CON-1", "TEN-1", Issue="2026-08-17+02:00", Award="2026-07-21+02:00"),
            contract("CON-2", "TEN-2", Award="2026-07-21+02:00"),
            contract("CON-3", "TEN-3", Award="2000-01-01Z"),
        ],
        "efac:TenderingParty": PARTIES,
    }  # fmt: skip
    notice, issues = understood("boamp", european([lot(f"LOT-000{rank}") for rank in (1, 2, 3)], result))
    assert notice.awards == (
        Award("1", ("Jardins du Val", "Peinture Martin"), Amount(12000.5), date(2026, 8, 17), (SIRET, "")),
        Award("2", ("Peinture Martin",), Amount(7000), date(2026, 7, 21), ("",)),  # not signed: the day of the decision
        Award("2"),  # withheld from publication
    )
    assert issues == []


def test_eforms_award_of_an_undivided_notice_is_of_the_whole() -> None:
    result = {
        "efac:LotResult": result_of("LOT-0000", ["CON-1"], ["TEN-1"]),
        "efac:LotTender": tender("TEN-1", "LOT-0000", "TPA-2", "7000"),
        "efac:SettledContract": contract("CON-1", "TEN-1", Issue="2026-10-01Z"),
        "efac:TenderingParty": PARTIES,
    }
    notice, issues = understood("boamp", european(lot("LOT-0000"), result))
    assert notice.awards == (Award(None, ("Peinture Martin",), Amount(7000), None, ("",)),)
    assert [issue.code for issue in issues] == ["conclusion_absurde"]  # after the publication


def test_several_tenders_without_a_contract_name_no_winner() -> None:
    result = {
        "efac:LotResult": result_of("LOT-0000", [], ["TEN-1", "TEN-2"]),
        "efac:LotTender": [tender("TEN-1", "LOT-0000", "TPA-1", "1000"), tender("TEN-2", "LOT-0000", "TPA-2", "2000")],
        "efac:TenderingParty": PARTIES,
    }
    notice, _ = understood("boamp", european(lot("LOT-0000"), result))
    assert notice.awards == (Award(None),)


def test_eforms_result_states_the_ceiling_of_its_frameworks() -> None:
    framework = {"cbc:MaximumValueAmount": {"@currencyID": "EUR", "#text": "90000"}}
    capped = {**result_of("LOT-0001", [], [], "open-nw"), "efac:FrameworkAgreementValues": framework}
    whole = {"@currencyID": "EUR", "#text": "150000"}
    result = {"efac:LotResult": capped, "efbc:OverallMaximumFrameworkContractsAmount": whole}
    notice, _ = understood("boamp", european([lot("LOT-0001"), lot("LOT-0002")], result))
    assert [one.amount for one in notice.lots] == [Amount(ceiling=90_000), None]
    assert notice.amount == Amount(ceiling=150_000)


@pytest.mark.parametrize(
    ("legal", "listed", "activity", "kind"),
    [
        ("la", "authority-activity", "gen-pub", "pa_autre"),
        ("cga", "authority-activity", "gen-pub", "pa_central"),
        ("pub-undert", "entity-activity", "water", "entite_adjudicatrice"),
        ("body-pl", "authority-activity", "health", ""),
    ],
)
def test_eforms_tells_the_class_of_its_buyer(legal: str, listed: str, activity: str, kind: str) -> None:
    party = {
        "cac:ContractingPartyType": [
            {"cbc:PartyTypeCode": {"@listName": "buyer-legal-type", "#text": legal}},
            {"cbc:PartyTypeCode": {"@listName": "buyer-contracting-type", "#text": "not-cont-ent"}},
        ],
        "cac:ContractingActivity": {"cbc:ActivityTypeCode": {"@listName": listed, "#text": activity}},
        "cac:Party": {"cac:PartyIdentification": {"cbc:ID": "ORG-3"}},  # whose name tells nothing
    }
    notice, _ = understood("boamp", european(lot("LOT-0001"), **{"cac:ContractingParty": party}))
    assert (codes(notice, "buyer-legal-type"), codes(notice, listed)) == ({legal}, {activity})
    assert buyer_class(notice) == kind


# -- R2.0.9 ---------------------------------------------------------------------------------------------------------

R209 = (HERE / "r209.xml").read_text(encoding="utf-8")


def r209(*changes: tuple[str, str]) -> tuple[Notice, list[Issue]]:
    body = R209
    for old, new in changes:
        assert old in body
        body = body.replace(old, new)
    return understood("ted", body.encode())


def awarded(inner: str, number: str = "1") -> tuple[str, str]:
    start, end = R209.index("<AWARD_CONTRACT>"), R209.index("<CHANGES>")
    number = f"<LOT_NO>{number}</LOT_NO>" if number else ""
    return R209[start:end], f"<AWARD_CONTRACT>{number}{inner}</AWARD_CONTRACT>"


def winner(name: str, siret: str = "") -> str:
    return (
        f"<CONTRACTOR><ADDRESS_CONTRACTOR><OFFICIALNAME>{name}</OFFICIALNAME><NATIONALID>{siret}</NATIONALID>"
        "</ADDRESS_CONTRACTOR></CONTRACTOR>"
    )


def test_r209_tells_the_day_of_the_form_else_that_of_the_header() -> None:
    assert r209()[0].sent is None
    header = ("<CODIF_DATA>", "<CODIF_DATA><DS_DATE_DISPATCH>20210312</DS_DATE_DISPATCH>")
    dispatch = "<COMPLEMENTARY_INFO><DATE_DISPATCH_NOTICE>2021-03-11</DATE_DISPATCH_NOTICE></COMPLEMENTARY_INFO>"
    form = ("<CHANGES>", f"{dispatch}<CHANGES>")
    assert r209(header)[0].sent == date(2021, 3, 12)
    assert r209(header, form)[0].sent == date(2021, 3, 11)


def test_r209_renewals_are_none_when_said_so_and_unknown_when_only_told_in_words() -> None:
    notice, _ = r209(("<DATE_START>", "<NO_RENEWAL/><DATE_START>"))
    assert [(one.renewals, one.renewal_months) for one in notice.lots] == [("Deux fois un an.", None), ("", 0)]
    assert [(one.start, one.end) for one in notice.lots] == [(None, None), (date(2021, 6, 1), date(2022, 5, 31))]


def test_r209_period_backwards_is_told() -> None:
    notice, issues = r209(("<DATE_END>2022", "<DATE_END>2020"))
    assert [one.start for one in notice.lots] == [None, None]
    assert [issue.code for issue in issues] == ["periode_absurde"]


def test_r209_awards_leave_the_estimate_out() -> None:
    inner = (
        "<AWARDED_CONTRACT><DATE_CONCLUSION_CONTRACT>2021-03-01</DATE_CONCLUSION_CONTRACT><CONTRACTORS>"
        f"{winner('ESAT du Port', SIREN)}{winner('Atelier Sud', 'RCS 12')}</CONTRACTORS><VALUES>"
        '<VAL_ESTIMATED_TOTAL CURRENCY="EUR">99</VAL_ESTIMATED_TOTAL>{}</VALUES></AWARDED_CONTRACT>'
    )
    priced, issues = r209(awarded(inner.format('<VAL_TOTAL CURRENCY="EUR">65000.10</VAL_TOTAL>'), "01"))
    assert priced.awards == (
        Award("1", ("ESAT du Port", "Atelier Sud"), Amount(65000.1), date(2021, 3, 1), (SIREN, "")),
    )
    assert [issue.code for issue in issues] == ["titulaire_sans_siret"]
    assert r209(awarded(inner.format(""), ""))[0].awards[0].amount is None
    ranged = '<VAL_RANGE_TOTAL CURRENCY="EUR"><LOW>5</LOW><HIGH>9</HIGH></VAL_RANGE_TOTAL>'
    assert r209(awarded(inner.format(ranged)))[0].awards[0].amount == Amount(low=5, high=9)


def test_r209_contract_not_awarded_is_no_award() -> None:
    notice, _ = r209(awarded("<NO_AWARDED_CONTRACT><PROCUREMENT_UNSUCCESSFUL/></NO_AWARDED_CONTRACT>"))
    assert notice.awards == ()


@pytest.mark.parametrize(
    ("inner", "header", "kind", "facts"),
    [
        ('<CA_TYPE VALUE="MINISTRY"/><CA_ACTIVITY VALUE="DEFENCE"/>', "3", "pa_central",
         {("buyer-legal-type", "MINISTRY"), ("authority-activity", "defence")}),
        ('<CE_ACTIVITY VALUE="WATER"/>', "4", "entite_adjudicatrice", {("entity-activity", "water")}),
        ("<CA_TYPE_OTHER>Association</CA_TYPE_OTHER>", "3", "", set()),
        ("", "3", "pa_autre", {("buyer-legal-type", "REGIONAL_AUTHORITY")}),
        ("", "8", "", set()),
    ],
)  # fmt: skip
def test_r209_tells_the_class_of_its_buyer(inner: str, header: str, kind: str, facts: set[tuple[str, str]]) -> None:
    notice, issues = r209(
        ("Ville de Valmont", "Organisme du Val"),  # whose name tells nothing
        ("</CONTRACTING_BODY>", f"{inner}</CONTRACTING_BODY>"),
        ("<CODIF_DATA>", f'<CODIF_DATA><AA_AUTHORITY_TYPE CODE="{header}"/>'),
    )
    fields = ("buyer-legal-type", "authority-activity", "entity-activity")
    assert {(fact.field, fact.value) for fact in notice.coded if fact.field in fields} == facts
    assert (buyer_class(notice), issues) == (kind, [])


def test_r209_legal_basis_is_that_of_the_form_else_of_the_header() -> None:
    header = ("<CODIF_DATA>", '<CODIF_DATA><DIRECTIVE VALUE="2014/25/EU"/>')
    assert codes(r209(header)[0], "legal-basis") == {"32014L0025"}
    form = ("<CONTRACTING_BODY>", '<LEGAL_BASIS VALUE="32014L0024"/><CONTRACTING_BODY>')
    assert codes(r209(header, form)[0], "legal-basis") == {"32014L0024"}


def test_r209_activity_that_no_table_knows_is_told() -> None:
    notice, issues = r209(("</CONTRACTING_BODY>", '<CE_ACTIVITY VALUE="MOON"/></CONTRACTING_BODY>'))
    assert codes(notice, "entity-activity") == set()
    assert [issue.code for issue in issues] == ["main_activity_inconnu"]
    assert issues[0].message.endswith("spiders/ted.yml.")


# -- national forms -------------------------------------------------------------------------------------------------

TOLD = (
    "Nombre d'offres reçues : 2\nDate d'attribution : 25/04/26\nMarché n° : 26-7\n"
    "Serrurerie du Val, rue des Ateliers, 76540 Valmont\nMontant Ht  : 42 800,50 Euros\nSous-traitance : non"
)


def told(text: str) -> tuple[Award, ...]:
    form = {"natureMarche": {"intitule": "Échelle"}, "attributionMarche": text}
    return understood("boamp", record({"FNSimple": {"organisme": {}, "attribution": form}}))[0].awards


def test_fnsimple_plain_award_is_read() -> None:
    assert told(TOLD) == (Award(None, ("Serrurerie du Val",), Amount(42800.5), date(2026, 4, 25), ("",)),)


@pytest.mark.parametrize("more", ["Ce montant est un maximum.", "Montant annuel.", "Montant Ht : 3 Euros"])
def test_fnsimple_amount_that_is_not_the_plain_price_is_left_out(more: str) -> None:
    assert told(f"{TOLD}\n{more}") == (Award(None, ("Serrurerie du Val",), None, date(2026, 4, 25), ("",)),)


@pytest.mark.parametrize("text", [f"{TOLD}\n{TOLD}", f"Lot n° 2\n{TOLD}", "Marché infructueux.", ""])
def test_fnsimple_award_of_several_lots_is_left_to_its_words(text: str) -> None:
    assert told(text) == ()


def test_fnsimple_impossible_day_is_told() -> None:
    form = {"natureMarche": {"intitule": "Échelle"}, "attributionMarche": TOLD.replace("25/04/26", "31/02/26")}
    notice, issues = understood("boamp", record({"FNSimple": {"organisme": {}, "attribution": form}}))
    assert (notice.awards[0].concluded, [issue.code for issue in issues]) == (None, ["date_illisible"])


def test_mapa_period_and_award() -> None:
    call = {"description": {"objet": "Tonte"}, "duree": {"dateACompterDu": "2026-10-01", "jusquau": "2027-09-30"}}
    notice, _ = understood("boamp", record({"MAPA": {"organisme": {}, "initial": call}}, nature="APPEL_OFFRE"))
    assert (notice.start, notice.end, notice.sent, notice.awards) == (date(2026, 10, 1), date(2027, 9, 30), None, ())
    won = {"resultat": {"attribue": {"montant": {"valeur": "30 000"}}}}
    award = {"description": {"objet": "Tonte"}, "attribution": won}
    notice, _ = understood("boamp", record({"MAPA": {"organisme": {}, "attribution": award}}))
    assert notice.awards == (Award(None, (), Amount(30_000)),)


def legacy(sections: str, perimeter: str = "DIRECTIVE-24") -> tuple[Notice, list[Issue]]:
    body = (
        "<ANNONCE><GESTION><REFERENCE><IDWEB>16-1</IDWEB><TYPE_AVIS><FAMILLE><FNS/></FAMILLE>"
        f"<PERIMETRE><{perimeter}/></PERIMETRE><NATURE><ATTRIBUTION/></NATURE><STATUT><INITIAL/></STATUT></TYPE_AVIS>"
        "</REFERENCE><INDEXATION><DATE_PUBLICATION>2016-06-02</DATE_PUBLICATION></INDEXATION></GESTION>"
        f"<DONNEES><IDENTITE><DENOMINATION>Organisme du Val</DENOMINATION></IDENTITE>{sections}</DONNEES></ANNONCE>"
    )
    return understood("boamp", body.encode())


def holder(name: str) -> str:
    return f"<TITULAIRE><DENOMINATION>{name}</DENOMINATION></TITULAIRE>"


def terms(inner: str, day: str = "2016-05-20") -> str:
    return f"<RENSEIGNEMENT>{inner}<DATE_ATTRIBUTION>{day}</DATE_ATTRIBUTION></RENSEIGNEMENT>"


def price(euros: int) -> str:
    return f'<MONTANT DEVISE="EUR">{euros}</MONTANT>'


def test_legacy_awards_pair_holder_and_terms_or_leave_the_amount_unknown() -> None:
    notice, issues = legacy(
        "<ATTRIBUTION>"
        f"<DECISION><NUM_LOT>01</NUM_LOT>{holder('A')}{terms(price(10))}{holder('B')}{terms(price(20))}</DECISION>"
        f"<DECISION><NUM_LOT>02</NUM_LOT>{holder('C')}{holder('D')}{terms(price(30))}</DECISION>"
        f"<DECISION><NUM_LOT>03</NUM_LOT>{holder('E')}{holder('F')}{holder('G')}{terms(price(1))}{terms(price(2))}"
        "</DECISION><DECISION><NUM_LOT>04</NUM_LOT><INFRUCTUEUX/></DECISION></ATTRIBUTION>"
    )
    day = date(2016, 5, 20)
    assert notice.awards == (
        Award("1", ("A",), Amount(10), day, ("",)),
        Award("1", ("B",), Amount(20), day, ("",)),
        Award("2", ("C", "D"), Amount(30), day, ("", "")),
        Award("3", ("E", "F", "G"), None, None, ("", "", "")),
    )
    assert issues == []


def test_legacy_contract_by_orders_has_a_floor_and_a_ceiling() -> None:
    bounds = '<MONTANT_MINI DEVISE="EUR">5000</MONTANT_MINI><MONTANT_MAXI DEVISE="EUR">60000</MONTANT_MAXI>'
    notice, _ = legacy(f"<ATTRIBUTION><DECISION>{holder('A')}{terms(bounds)}</DECISION></ATTRIBUTION>")
    assert [award.amount for award in notice.awards] == [Amount(floor=5000, ceiling=60_000)]


def test_legacy_tells_the_class_of_its_buyer() -> None:
    notice, issues = legacy(
        "<TYPE_ORGANISME><COMMUNE/></TYPE_ORGANISME><TYPE_POUVOIR_ADJUDICATEUR><AUTRE>x</AUTRE>"
        "</TYPE_POUVOIR_ADJUDICATEUR><ACTIVITE_PRINCIPALE><POUVOIR_ADJUDICATEUR><SANTE/></POUVOIR_ADJUDICATEUR>"
        "</ACTIVITE_PRINCIPALE><OBJET><OBJET_COMPLET>Soins</OBJET_COMPLET></OBJET>"
    )
    assert notice.coded == (
        Coded("buyer-legal-type", None, "COMMUNE"),
        Coded("authority-activity", None, "health"),
        Coded("legal-basis", None, "32014L0024"),
    )
    assert (buyer_class(notice), issues) == ("pa_autre", [])


def test_legacy_utility_is_one_by_its_activity_and_an_unknown_activity_is_told() -> None:
    entity = "<ACTIVITE_PRINCIPALE><ENTITE_ADJUDICATRICE><{}/></ENTITE_ADJUDICATRICE></ACTIVITE_PRINCIPALE>"
    notice, issues = legacy(entity.format("EAU"), "CMP-2006")
    assert (buyer_class(notice), codes(notice, "legal-basis"), issues) == ("entite_adjudicatrice", set(), [])
    assert [issue.code for issue in legacy(entity.format("LUNE"))[1]] == ["main_activity_inconnu"]


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ("<RECONDUCTIONS><OUI/><NB_RECONDUCTIONS>3</NB_RECONDUCTIONS></RECONDUCTIONS>", 36),
        ("<RECONDUCTIONS><OUI/><NB_RECONDUCTIONS>4</NB_RECONDUCTIONS></RECONDUCTIONS>", None),  # five years
        ("<RECONDUCTIONS><OUI/><NB_RECONDUCTIONS>3</NB_RECONDUCTIONS><DUREE_MOIS>6</DUREE_MOIS></RECONDUCTIONS>", None),
        ("<RECONDUCTIONS><NON/></RECONDUCTIONS>", 0),
        ("", None),
    ],
)
def test_legacy_renewals(features: str, expected: float | None) -> None:
    notice, _ = legacy(
        f"<OBJET><CARACTERISTIQUES>{features}</CARACTERISTIQUES><DUREE_DELAI><DUREE_MOIS>12</DUREE_MOIS>"
        "<DATE_DEBUT>2016-07-01</DATE_DEBUT></DUREE_DELAI></OBJET>"
    )
    assert (notice.renewal_months, notice.start, notice.end) == (expected, date(2016, 7, 1), None)


def test_legacy_lots_tell_their_period_and_that_nothing_is_renewed() -> None:
    notice, _ = legacy(
        "<OBJET><LOTS><LOT><NUM>1</NUM><DATE_DEBUT>2018-01-01</DATE_DEBUT><DATE_FIN>2028-12-31</DATE_FIN>"
        "<RENOUVELLEMENT_NON/></LOT><LOT><NUM>2</NUM><RENOUVELLEMENT_OUI/></LOT></LOTS></OBJET>"
    )
    assert [(one.start, one.end, one.renewal_months) for one in notice.lots] == [
        (date(2018, 1, 1), date(2028, 12, 31), 0), (None, None, None)
    ]  # fmt: skip
