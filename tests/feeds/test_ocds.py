import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from jsonschema import Draft4Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from feeds import ocds, publish
from feeds.ocds import release
from scanner.edition import Event, Terms
from scanner.finding import LABELS
from scanner.notice import KINDS, Amount
from tests.feeds.appraised import appraised
from tests.feeds.samples import CLAUSED, RESERVED, edition, finding, item, lot

SCHEMAS = Path(__file__).with_name("ocds")
HOSTILE = '<script>alert(1)</script> ]]> \x00\x0b\u202e \r\n" \\ \ud800 #'


def closed(node):
    """``node`` where a field that the standard does not know is an error."""
    if isinstance(node, dict):
        made = {key: closed(one) for key, one in node.items()}
        return {**made, "additionalProperties": False} if isinstance(node.get("properties"), dict) else made
    return [closed(one) for one in node] if isinstance(node, list) else node


def validator():
    read = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in SCHEMAS.glob("*.json")}
    one, package = read["eu-profile-release-schema"], read["eu-profile-release-package-schema"]
    for name in ("Tender", "Lot"):
        one["definitions"][name]["properties"]["sustainability"] = read["sustainability"]
    registry = Registry().with_resource(one["id"], Resource.from_contents(closed(one), DRAFT4))
    return Draft4Validator(closed(package), registry=registry, format_checker=FormatChecker())


def package(made):
    """The package of an edition, valid against the official schema."""
    read = json.loads(ocds.files(made)["ocds/releases.json"])
    assert [f"{list(error.path)} : {error.message}" for error in validator().iter_errors(read)] == []
    return read


def one(told):
    (made,) = package(edition(told))["releases"]
    return made


def test_the_check_itself_refuses_a_false_field_a_false_code_and_a_false_goal():
    good = package(edition(RESERVED))
    for path, value in ((("titel",), "x"), (("status",), "ouvert"), (("sustainability",), [{"goal": "inclusion"}])):
        bad = json.loads(json.dumps(good))
        bad["releases"][0]["tender"][path[0]] = value
        assert list(validator().iter_errors(bad)), path


def test_a_package_says_who_when_and_by_which_extensions():
    told = package(edition(RESERVED, CLAUSED))
    assert (told["version"], told["uri"]) == ("1.1", "https://veille.example.org/ocds/releases.json")
    assert told["publishedDate"] == "2026-11-23T00:00:00+01:00"
    for name in ("lots", "eu", "otherRequirements", "sustainability"):
        assert any(f"ocds_{name}_extension" in address for address in told["extensions"])
    assert package(edition(RESERVED, base_url=""))["uri"].startswith("urn:")


def test_an_edition_without_tender_has_an_empty_package():
    told = json.loads(ocds.files(edition())["ocds/releases.json"])
    assert told["releases"] == [] and told["uri"] == "https://veille.example.org/ocds/releases.json"
    errors = [error.validator for error in validator().iter_errors(told)]
    assert errors == ["minItems"]  # the standard knows no empty package; everything else is valid


def test_amounts_durations_and_renewals_are_published():
    terms = Terms(Amount(120000.5), 48, "Reconductible trois fois", 36)
    bare = Terms(Amount(low=10000, high=40000), 18, renewal_months=0)
    made = replace(RESERVED, terms=terms, lots=(*RESERVED.lots[:2], replace(RESERVED.lots[2], terms=bare)))
    told = one(made)["tender"]
    assert told["value"] == {"amount": 120000.5, "currency": "EUR"} and "minValue" not in told
    assert told["contractPeriod"] == {"durationInDays": 4 * 365} and told["hasRenewal"] is True
    assert told["renewal"] == {"description": "Reconductible trois fois", "period": {"durationInDays": 3 * 365}}
    first, second = told["lots"]
    assert first == {"id": "1", "title": "Intitulé 1"}
    assert (second["minValue"]["amount"], second["value"]["amount"]) == (10000, 40000)
    assert second["contractPeriod"] == {"durationInDays": 365 + 180}
    assert second["hasRenewal"] is False and "renewal" not in second


@pytest.mark.parametrize(
    ("terms", "absent"),
    [
        (Terms(Amount(5.0, currency="<b>")), "value"),
        (Terms(Amount(float("inf"))), "value"),
        (Terms(Amount(ceiling=float("nan"))), "value"),
        (Terms(duration_months=0), "contractPeriod"),
        (Terms(duration_months=float("inf")), "contractPeriod"),
    ],
)
def test_an_impossible_figure_is_not_published(terms, absent):
    assert absent not in one(replace(RESERVED, terms=terms))["tender"]


def test_the_ceiling_of_a_framework_is_its_value_and_its_floor_the_least():
    told = one(replace(RESERVED, terms=Terms(Amount(ceiling=90000, floor=5000))))["tender"]
    assert (told["value"]["amount"], told["minValue"]["amount"]) == (90000, 5000)


def test_the_reservation_is_on_its_lot_alone():
    told = one(RESERVED)["tender"]
    first, second = told["lots"]
    assert first == {"id": "1", "title": "Intitulé 1"}
    assert second["otherRequirements"]["reservedParticipation"] == ["shelteredWorkshop", "x_frEaEsat"]
    assert second["sustainability"] == [
        {"goal": "social.disadvantagedEmploymentOpportunities", "strategies": ["reservedParticipation"]}
    ]
    assert "otherRequirements" not in told and "sustainability" not in told


def test_a_clause_of_the_whole_notice_is_on_the_tender():
    told = one(CLAUSED)["tender"]
    assert told["sustainability"][0]["strategies"] == ["contractPerformanceConditions"]
    assert "lots" not in told and "otherRequirements" not in told


@pytest.mark.parametrize("reading", ["denied", "conditional"])
def test_what_is_not_affirmed_is_not_published(reading):
    told = one(item("26-1", lot(None, "rien", finding(reading=reading), finding(proposed=True))))["tender"]
    assert "otherRequirements" not in told and "sustainability" not in told


@pytest.mark.parametrize(
    ("field", "value", "label", "expected"),
    [
        ("reserved-procurement", "res-ws", "reserve_indetermine", ["shelteredWorkshop"]),
        ("reserved-procurement", "res-pub-ser", "reserve_ess", ["publicServiceMissionOrganization"]),
        ("marche_reserve", "oui", "reserve_indetermine", None),
        ("reserved-execution", "yes", "reserve_indetermine", None),
    ],
)
def test_a_ticked_box_is_published_as_it_was_ticked(field, value, label, expected):
    coded = finding(label, value, field=field, passage=None, start=None, end=None)
    told = one(item("26-1", lot(None, "reserve", coded)))["tender"]
    assert told.get("otherRequirements", {}).get("reservedParticipation") == expected
    assert told.get("contractTerms") == ({"reservedExecution": True} if field == "reserved-execution" else None)


def test_what_is_unknown_is_absent():
    bare = item("26-1", lot(None), deadline=None, departements=(), place="", url="", documents_url="", buyer="")
    told = one(bare)
    assert set(told) == {"ocid", "id", "date", "tag", "initiationType", "language", "tender"}
    assert set(told["tender"]) == {"id", "title", "status", "documents"}
    assert told["tender"]["documents"] == [
        {"id": "boamp:26-1", "documentType": "tenderNotice", "datePublished": "2026-11-18T00:00:00+01:00"}
    ]


def test_dates_carry_their_zone_and_the_buyer_its_siret():
    told = one(replace(RESERVED, siret="21340172201787"))
    assert told["tender"]["tenderPeriod"] == {"endDate": "2026-12-14T12:00:00+01:00"}
    assert told["date"] == "2026-11-18T00:00:00+01:00"
    assert told["buyer"] == {"id": "FR-INSEE-21340172201787", "name": "Ville de Fontclaire"}
    assert told["parties"][0]["identifier"]["scheme"] == "FR-INSEE"
    assert told["tender"]["deliveryAddresses"] == [{"region": "Hérault (34)"}]
    assert "deliveryAddresses" not in one(replace(RESERVED, places_source="publication"))["tender"]


def test_cpv_codes_are_items_of_their_lot():
    (goods,) = one(item("26-5", appraised("1")))["tender"]["items"]
    assert goods == {"id": "1", "relatedLot": "1", "classification": {"scheme": "CPV", "id": "90910000"}}


def test_no_opportunity_and_no_judgement_is_published():
    body = ocds.files(edition(item("26-5", appraised("1"))))["ocds/releases.json"].decode()
    for hidden in ("L2112", "score", "obligation", "Atelier Imaginaire", "Nettoyage de locaux"):
        assert hidden not in body


def test_an_award_names_its_holders_once():
    holders = ("Bâti SA", "BÂTI SA")
    event = Event("ted:700", "award", date(2026, 11, 19), "https://ted.example.org/700", (), holders=holders)
    told = one(replace(CLAUSED, kind="award", events=(event,), published=date(2026, 11, 19)))
    (award,) = told["awards"]
    assert (award["id"], award["status"], told["tag"]) == ("ted:700", "active", ["award"])
    suppliers = [party for party in told["parties"] if "supplier" in party["roles"]]
    assert [party["id"] for party in suppliers] == [party["id"] for party in award["suppliers"]]
    assert len(suppliers) == 1 and told["tender"]["status"] == "complete"
    assert told["tender"]["documents"][0]["url"] == "https://ted.example.org/700"
    corrected = replace(event, notice="ted:701", kind="rectification", holders=())
    assert one(replace(CLAUSED, kind="rectification", events=(event, corrected)))["tag"] == ["tenderUpdate", "award"]
    assert "awards" not in one(replace(CLAUSED, kind="award"))  # holders unknown


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_notice_is_valid(kind):
    assert one(replace(RESERVED, kind=kind, holders=("Bâti SA",)))["tag"]
    assert one(replace(RESERVED, project=True, kind="planning"))["tag"] == ["planning"]


@pytest.mark.parametrize("label", LABELS)
def test_every_label_is_valid(label):
    assert one(item("26-1", lot("1", "reserve", finding(label))))["tender"]["lots"][0]["sustainability"]


def test_the_identifiers_are_stable_and_follow_the_content():
    again, later = release(RESERVED), release(replace(RESERVED, deadline=datetime(2026, 12, 20, 11).astimezone()))
    assert release(RESERVED) == again and again["ocid"] == "ocds-xxxxxx-boamp:26-1"
    assert later["ocid"] == again["ocid"] and later["id"] != again["id"]
    made = edition(CLAUSED, RESERVED)
    assert ocds.files(made) == ocds.files(edition(RESERVED, CLAUSED))


def test_hostile_text_stays_text():
    bad = item(
        HOSTILE, lot(HOSTILE, "reserve", finding(quote=HOSTILE), title=HOSTILE), lot("\u202e"), title="x" * 200_000,
        buyer=HOSTILE, siret=HOSTILE, url="javascript:alert(1)", documents_url="http://127.0.0.1/", holders=(HOSTILE,),
        departements=("../../34",), procedure=HOSTILE, kind="award",
    )  # fmt: skip
    told = one(bad)
    body = ocds.files(edition(bad))["ocds/releases.json"].decode()
    assert not any(sign in body for sign in ("\x00", "\u202e", "javascript:", "127.0.0.1"))
    assert "#" not in told["id"] and len(told["tender"]["title"]) == 200_000


def test_the_releases_are_published(tmp_path):
    publish(edition(RESERVED), tmp_path)
    assert (tmp_path / "ocds/releases.json").is_file()
    assert 'href="ocds/releases.json"' in (tmp_path / "index.html").read_text(encoding="utf-8")
