import re
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from icalendar import Calendar

from feeds import deadlines, publish
from scanner.edition import Event
from tests.feeds.samples import BROKEN, CLAUSED, RESERVED, edition, finding, item, lot

HOSTILE = (
    "Lot\r\nATTENDEE:mailto:pirate@example.org\nEND:VEVENT <script>alert(1)</script> ]]> \x00\x0b\u202e ; , \\ \ud800"
)


def calendar(made, name="marches-reserves"):
    body = deadlines.files(made)[f"calendar/{name}.ics"]
    assert all(len(line) <= 75 for line in body.split(b"\r\n")) and b"\n" not in body.replace(b"\r\n", b"")
    return Calendar.from_ical(body)


def events(made, name="marches-reserves"):
    return calendar(made, name).walk("VEVENT")


def test_each_list_has_a_calendar_for_the_whole_and_each_departement():
    names = {f"calendar/{n}{d}.ics" for n in ("marches-reserves", "marches-avec-clause") for d in ("", "-34")}
    assert set(deadlines.files(edition(RESERVED))) == names


def test_an_event_stands_alone():
    (event,) = events(edition(RESERVED))
    assert event["uid"] == "boamp:26-1@veille-clauses-sociales"
    assert event["dtstart"].dt == datetime(2026, 12, 14, 11, tzinfo=UTC)
    assert event["summary"] == "Limite 12 h 00 : Entretien des parcs" and event["status"] == "CONFIRMED"
    assert event["url"] == "https://avis.example.org/1" and event["sequence"] == 0
    for expected in (
        "Pourquoi c'est là : la réponse est réservée à certaines structures (lot 2).", "Ville de Fontclaire",
        "Lot 2 — Massifs : « Le lot 2 est réservé aux ESAT. » (conditions d'exécution)", "https://dce.example.org/1",
        "14 décembre 2026 à 12 h 00, heure de Paris",
    ):  # fmt: skip
        assert expected in event["description"]
    assert "Lot 1" not in event["description"] and not event.walk("VALARM")


def test_dates_come_from_the_data_and_the_reference():
    (event,) = events(edition(replace(RESERVED, published=date(2026, 11, 19))))
    assert event["dtstamp"].dt == datetime(2026, 11, 22, 23, tzinfo=UTC)  # 23 novembre, minuit à Paris
    assert event["last-modified"].dt == datetime(2026, 11, 18, 23, tzinfo=UTC)
    assert event["created"].dt == datetime(2026, 11, 17, 23, tzinfo=UTC)


def test_a_deadline_that_moves_keeps_its_event_and_raises_its_sequence():
    call = Event("boamp:26-1", "call", date(2026, 11, 18), "", ())
    moved = Event("boamp:26-9", "rectification", date(2026, 11, 20), "", ("date limite reportée au 21/12/2026",))
    (before,) = events(edition(replace(RESERVED, events=(call,))))
    later = replace(
        RESERVED, events=(call, moved), kind="rectification", deadline=datetime(2026, 12, 21, 11, tzinfo=UTC),
        changes=("20/11/2026 : date limite reportée au 21/12/2026",),
    )  # fmt: skip
    (after,) = events(edition(later))
    assert after["uid"] == before["uid"] and after["sequence"] > before["sequence"]
    assert after["dtstart"].dt.day == 21 and "date limite reportée" in after["description"]


def test_a_cancelled_tender_is_told_cancelled_until_its_deadline():
    gone = replace(RESERVED, kind="cancellation")
    (event,) = events(edition(gone))
    assert event["status"] == "CANCELLED" and event["summary"].startswith("ANNULÉ — ")
    assert event["uid"] == events(edition(RESERVED))[0]["uid"]
    withdrawn = replace(gone, lots=(lot(None),), before=RESERVED.lots)
    assert events(edition(withdrawn))[0]["status"] == "CANCELLED"
    assert not events(edition(replace(gone, deadline=datetime(2026, 11, 22, 11, tzinfo=UTC))))
    assert not events(edition(replace(gone, lots=(lot(None),))))


@pytest.mark.parametrize(("day", "kept"), [(22, 0), (23, 1)])
def test_a_passed_deadline_leaves_and_the_day_itself_stays(day, kept):
    assert len(events(edition(replace(RESERVED, deadline=datetime(2026, 11, day, 11, tzinfo=UTC))))) == kept


def test_a_tender_without_deadline_has_no_event():
    assert not events(edition(replace(RESERVED, deadline=None)))


def test_a_tender_of_several_lots_is_one_event():
    both = item("26-1", lot("1", "reserve", finding()), lot("2", "reserve", finding()))
    (event,) = events(edition(both))
    assert "Lot 1" in event["description"] and "Lot 2" in event["description"]


def test_each_list_and_each_departement_has_its_own():
    away = replace(RESERVED, tender="boamp:26-7", departements=("75",))
    nowhere = replace(RESERVED, tender="boamp:26-8", departements=())
    made = edition(RESERVED, CLAUSED, away, nowhere)
    told = {event["uid"].split("@")[0] for event in events(made, "marches-reserves-34")}
    assert told == {"boamp:26-1", "boamp:26-8"}
    assert [event["uid"].split("@")[0] for event in events(made, "marches-avec-clause")] == ["boamp:26-2"]
    assert "Hérault (34)" in calendar(made, "marches-reserves-34")["x-wr-calname"]


def test_winter_and_summer_times_are_those_of_paris():
    (event,) = events(edition(replace(RESERVED, deadline=datetime(2027, 6, 1, 10, tzinfo=UTC))))
    assert event["summary"].startswith("Limite 12 h 00") and event["dtstart"].dt.hour == 10


def test_hostile_text_stays_text():
    bad = item(
        HOSTILE, lot(HOSTILE, "reserve", finding(quote=HOSTILE), title=HOSTILE), title=HOSTILE, buyer=HOSTILE,
        place=HOSTILE, url="https://avis.example.org/é\r\nATTENDEE:x", documents_url="javascript:alert(1)",
        changes=(HOSTILE,),
    )  # fmt: skip
    body = deadlines.files(edition(bad, RESERVED))["calendar/marches-reserves.ics"]
    assert not re.search(rb"^(ATTENDEE|END:VEVENT .)", body.replace(b"\r\n ", b""), re.M)
    assert not any(sign in body for sign in (b"\x00", b"\x0b", "\u202e".encode()))
    first, second = sorted(events(edition(bad, RESERVED)), key=lambda event: len(event["uid"]))
    assert "attendee" not in second and "url" not in second and "<script>" in second["summary"]
    assert first["uid"] == "boamp:26-1@veille-clauses-sociales"


def test_an_address_is_ascii():
    (event,) = events(edition(replace(RESERVED, url="https://avis.example.org/é?q=a%20b&c=1")))
    assert event["url"] == "https://avis.example.org/%C3%A9?q=a%20b&c=1"


def test_an_endless_title_is_cut_and_says_so():
    (event,) = events(edition(replace(RESERVED, title="a" * 200_000)))
    assert len(event["summary"]) == 250 and event["summary"].endswith(" […]") and len(event["description"]) <= 6000


def test_the_same_edition_gives_the_same_bytes():
    assert deadlines.files(edition(RESERVED, CLAUSED)) == deadlines.files(edition(CLAUSED, RESERVED))


def test_a_quiet_calendar_and_a_broken_one_never_look_alike():
    assert "sources complètes" in calendar(edition())["x-wr-caldesc"]
    assert "source incomplète" in calendar(edition(coverage=(BROKEN,), read=1400))["x-wr-caldesc"]


def test_the_index_leads_to_each_calendar(tmp_path):
    publish(edition(RESERVED), tmp_path)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    for name in deadlines.files(edition(RESERVED)):
        assert f'href="{name}"' in page and (tmp_path / name).is_file()
