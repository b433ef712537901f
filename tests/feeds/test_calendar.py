from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from icalendar import Calendar

from feeds.calendar import calendar, uid
from scanner.approach import Contract, Renewal

REFERENCE = date(2026, 11, 22)
CONTRACT = Contract(
    "avis:boamp:24-1#1", "avis", "1", "boamp:24-1", "Commune de Valmont", title="Entretien ; tonte, taille\nlot 1",
    amount=180_000.0, holders=("Jardins du Val",), url="https://exemple.fr/avis/24-1", email="marches@valmont.example",
)  # fmt: skip
RENEWAL = Renewal(
    CONTRACT, "a_appeler", date(2027, 9, 1), date(2027, 9, 1), date(2026, 9, 1), date(2026, 12, 1), 80, "bonne",
    ("reconductions inconnues",), "fin probable le 01/09/2027", "Votre marché s'achève bientôt.",
)  # fmt: skip
LATER = replace(
    RENEWAL, contract=replace(CONTRACT, id="avis:boamp:24-2"), state="a_venir", first_call=date(2027, 2, 1), reasons=()
)


def events(*renewals: Renewal, reference: date = REFERENCE) -> list:
    read = Calendar.from_ical(calendar(renewals, reference=reference, name="Renouvellements — Rhône"))
    assert str(read["x-wr-calname"]) == "Renouvellements — Rhône"
    return list(read.walk("VEVENT"))


def test_an_event_is_all_day_on_the_first_day_to_call():
    (event,) = events(RENEWAL)
    assert event.decoded("dtstart") == date(2026, 9, 1) and event.decoded("dtend") == date(2026, 9, 2)
    assert event.decoded("dtstamp") == datetime(2026, 11, 22, tzinfo=UTC)
    assert str(event["summary"]) == "Appeler Commune de Valmont : Entretien ; tonte, taille lot 1"
    told = str(event["description"])
    assert told.splitlines() == [
        "fin probable le 01/09/2027", "Votre marché s'achève bientôt.",
        "Confiance bonne (80/100) : reconductions inconnues", "Montant : 180\u202f000 € HT",
        "Titulaires : Jardins du Val", "Contact du service : marches@valmont.example",
        "Avis : https://exemple.fr/avis/24-1",
    ]  # fmt: skip


def test_the_identifier_is_that_of_the_contract_whatever_the_day_and_the_words():
    changed = replace(RENEWAL, when="autre", first_call=date(2026, 10, 1), contract=replace(CONTRACT, title="Autre"))
    first, second = events(RENEWAL)[0], events(changed, reference=date(2026, 11, 29))[0]
    assert first["uid"] == second["uid"] == uid(CONTRACT.id) and first["dtstamp"].dt != second["dtstamp"].dt
    assert len({str(event["uid"]) for event in events(RENEWAL, LATER)}) == 2


def test_the_same_renewals_give_the_same_bytes_in_any_order():
    made = calendar([RENEWAL, LATER], reference=REFERENCE, name="x")
    assert made == calendar([LATER, RENEWAL], reference=REFERENCE, name="x")
    assert made.endswith(b"END:VCALENDAR\r\n") and all(len(line) <= 75 for line in made.split(b"\r\n"))


def test_unknown_and_ended_contracts_have_no_event_and_a_missed_window_says_so():
    unknown = replace(RENEWAL, state="inconnu", end=None, firm_end=None, first_call=None, last_call=None)
    assert events(unknown, replace(RENEWAL, state="termine")) == []
    (late,) = events(replace(RENEWAL, state="tard"))
    assert str(late["summary"]).startswith("Appeler sans attendre Commune de Valmont")


def test_what_is_unknown_is_said_and_an_address_that_is_none_is_not_a_link():
    bare = replace(CONTRACT, buyer="", title="", amount=None, holders=(), email="", url="javascript:x")
    (event,) = events(replace(RENEWAL, contract=bare))
    assert str(event["summary"]) == "Appeler acheteur inconnu : objet inconnu"
    assert "Montant : inconnu" in str(event["description"]) and "url" not in event
