"""A broken minimum withholds a source's conclusions and says so; a holiday or a weekend raises nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import orjson
import pytest

from feeds import digest
from feeds.letter import letter
from scanner.conclude import conclude
from scanner.config import Config, SourceSettings
from scanner.datafile import DataFileError
from scanner.edition import Coverage, DayCount, Group
from scanner.expect import Judgement, judge, new_keys, withhold
from scanner.expect.figures import figures
from scanner.expect.holidays import easter, public_holiday
from scanner.issues import Issue, IssueLog
from scanner.notice import RawNotice
from scanner.readership import Reader
from scanner.run import read
from scanner.source import load, names
from scanner.store import Store
from tests.feeds.samples import CLAUSED, edition, item, lot

MONDAY = date(2026, 11, 16)
USUAL = (260, 286, 505, 545, 533, 258, 287)
LATER = date(2026, 12, 31)


def group(notices: int = 100, kind: str = "call", family: str = "JOUE", **read_: int) -> Group:
    full = dict.fromkeys(("deadline", "cpv", "buyer", "read"), notices)
    return Group(kind, family, notices, **{**full, **read_})


FAMILIES = tuple(group(family=name) for name in ("JOUE", "FNS", "MAPA"))


def week(counts=USUAL, monday=MONDAY, groups=FAMILIES, **by_day):
    days = [DayCount("boamp", monday + timedelta(n), count, True, 0, groups) for n, count in enumerate(counts)]
    return [by_day.get(f"d{n}", day) for n, day in enumerate(days)]


def judged(days, today=LATER, volume=1.0, source="boamp") -> Judgement:
    return judge(load(source), days, today=today, volume=volume)


def test_an_ordinary_week_raises_nothing() -> None:
    assert judged(week()) == Judgement("boamp", "BOAMP")


@pytest.mark.parametrize(("wednesday", "broken"), [(149, True), (150, False)])
def test_a_weekday_under_its_minimum_withholds_and_names_the_day(wednesday: int, broken: bool) -> None:
    said = judged(week((260, 286, wednesday, 545, 533, 258, 287)))
    assert bool(said.reasons) is broken
    if broken:
        assert said.sentence == (
            "BOAMP : conclusions retenues, 149 avis annoncés le mercredi 18/11/2026, au moins 150 attendus"
        )
        assert [issue.level for issue in said.issues() if issue.code == "attente_minimum"] == ["error"]


def test_a_jump_warns_and_withholds_nothing() -> None:
    said = judged(week((260, 286, 1516, 545, 533, 258, 287)))
    assert not said.reasons
    assert [issue.level for issue in said.issues()] == ["warning"]
    assert "1516 avis annoncés le mercredi 18/11/2026, d'habitude de 168 à 1515" in said.jumps[0]


@pytest.mark.parametrize(
    ("monday", "closed"),
    [
        (date(2026, 4, 6), 0),  # lundi de Pâques
        (date(2026, 5, 11), 3),  # Ascension
        (date(2027, 5, 17), 0),  # lundi de Pentecôte
        (date(2026, 7, 13), 1),
        (date(2026, 11, 9), 2),
    ],
)
def test_a_public_holiday_without_notices_is_no_alarm(monday: date, closed: int) -> None:
    counts = [*USUAL]
    counts[closed] = 0
    assert judged(week(counts, monday)) == Judgement("boamp", "BOAMP")
    ordinary = judged(week(counts, MONDAY)).reasons
    assert ordinary, "le même jour sans avis une semaine ordinaire est une panne"


def test_an_empty_weekend_is_no_alarm() -> None:
    assert judged(week((*USUAL[:5], 0, 0))) == Judgement("boamp", "BOAMP")


@pytest.mark.parametrize(("total", "broken"), [(1199, True), (1200, False)])
def test_a_week_under_its_minimum_withholds(total: int, broken: bool) -> None:
    counts = (200, 250, 250, 250, 249, 0, total - 1199)
    assert bool(judged(week(counts)).reasons) is broken


def test_a_week_with_a_holiday_is_expected_to_be_smaller() -> None:
    counts = (220, 250, 0, 250, 249, 0, 0)  # 969 avis, quatre jours ouvrés : 960 attendus
    assert judged(week(counts, date(2026, 11, 9))).reasons == ()
    assert any("dans la semaine" in said for said in judged(week((210, *counts[1:]), date(2026, 11, 9))).reasons)


def test_a_day_that_is_not_over_and_a_day_cut_short_are_not_judged_by_their_number() -> None:
    low = week((260, 286, 3, 545, 533, 258, 287))
    assert judged(low[:3], today=date(2026, 11, 18)).reasons == ()
    assert judged(low[:3], today=date(2026, 11, 19)).reasons != ()
    cut = week(USUAL, d2=DayCount("boamp", MONDAY + timedelta(2), 3, False, 0, FAMILIES))
    assert judged(cut).reasons == ()


def test_a_source_never_asked_is_not_a_quiet_source() -> None:
    silent = [replace(day, announced=None, complete=False) for day in week()]
    assert judged(silent).reasons == ("aucune lecture du 16/11/2026 au 22/11/2026",)
    one = week(d4=replace(silent[4]))
    assert judged(one).reasons == ("aucune lecture le vendredi 20/11/2026",)
    snapshot = [*[replace(day, source="approch") for day in silent[:6]], DayCount("approch", silent[6].day, 9, True)]
    assert judged(snapshot, source="approch").reasons == ()


@pytest.mark.parametrize("field", ["deadline", "cpv", "buyer", "read"])
def test_a_field_that_the_source_renames_is_noticed_the_same_day(field: str) -> None:
    lost = DayCount("boamp", MONDAY + timedelta(3), 545, True, 0, (group(**{field: 0}),))
    reasons = judged(week(d3=lost)).reasons
    assert len(reasons) == 1 and "dans aucun des 100 avis du 19/11/2026" in reasons[0]
    alone = judged([lost], today=lost.day)
    assert alone.reasons == reasons, "le jour même, sans attendre la fin de la semaine"


@pytest.mark.parametrize(("filled", "broken"), [(59, True), (60, False)])
def test_a_share_under_its_minimum_withholds(filled: int, broken: bool) -> None:
    day = DayCount("boamp", MONDAY, 260, True, 0, (group(deadline=filled),))
    assert bool(judged([day]).reasons) is broken


@pytest.mark.parametrize(("notices", "broken"), [(19, False), (20, True)])
def test_a_handful_of_notices_proves_nothing(notices: int, broken: bool) -> None:
    day = DayCount("boamp", MONDAY, 260, True, 0, (group(notices, deadline=0),))
    assert bool(judged([day]).reasons) is broken


def test_only_calls_owe_a_deadline() -> None:
    day = DayCount("boamp", MONDAY, 260, True, 0, (group(kind="award", deadline=0),))
    assert judged([day]).reasons == ()


def test_rejected_records_count_as_not_read() -> None:
    day = DayCount("boamp", MONDAY, 260, True, 101, (group(),))
    assert any("le texte" in said for said in judged([day]).reasons)


def test_a_family_that_vanishes_for_a_week_warns() -> None:
    said = judged(week(groups=FAMILIES[:2]))
    assert not said.reasons and said.jumps == ("aucun avis de la famille MAPA dans la semaine",)


def test_numbers_are_not_judged_where_nothing_is_known_of_them() -> None:
    assert judged(week((1, 0, 0, 2, 0, 0, 0)), volume=0.0).reasons == ()
    assert judged(week([n // 10 for n in USUAL]), volume=0.1).reasons == ()
    assert judged(week([n // 10 for n in USUAL]), volume=1.0).reasons != ()


def test_a_key_that_most_records_bear_is_told_once() -> None:
    def odd(count: int) -> list[Issue]:
        return [Issue("boamp", f"26-{n}", "cle_inconnue", "La clé « lots_v2 » est nouvelle.") for n in range(count)]

    assert [one.code for one in new_keys(load("boamp"), odd(50), 100)] == ["attente_cle"]
    assert "lots_v2" in new_keys(load("boamp"), odd(50), 100)[0].message
    assert new_keys(load("boamp"), odd(49), 100) == ()
    assert new_keys(load("boamp"), odd(19), 19) == ()


BROKEN = Judgement("boamp", "BOAMP", ("3 avis annoncés le mercredi 18/11/2026, au moins 150 attendus",))


def test_what_is_withheld_is_told_first_everywhere_and_proofs_stay() -> None:
    told = withhold(edition(CLAUSED, item("26-9", lot(None, score=80))), [BROKEN])
    assert digest.gaps(told)[0] == BROKEN.sentence
    for page in (digest.text(told), digest.html(told), letter(told, Reader("a@exemple.invalid", "mission")).text):
        assert "BOAMP : conclusions retenues, 3 avis annoncés" in page
        assert "sources complètes" not in page
    groups = {one.listing.name: len(one.cards) for one in digest.groupings(told)}
    before = {
        one.listing.name: len(one.cards)
        for one in digest.groupings(edition(*told.items[:1], item("26-9", lot(None, score=80))))
    }
    lost = {name for name in groups if groups[name] != before[name]}
    assert lost == {"opportunites"}, "les pistes concluent de ce que l'avis ne dit pas ; les constats ont leur preuve"


def test_the_other_sources_keep_their_conclusions() -> None:
    other = item("26-9", lot(None, score=80), notice="ted:9-2026")
    assert withhold(edition(other), [BROKEN]).items == (other,)
    assert withhold(edition(other), [Judgement("boamp", "BOAMP", (), ("un saut",))]) == edition(other)


def test_many_reasons_are_counted() -> None:
    many = replace(BROKEN, reasons=tuple(f"raison {n}" for n in range(5)))
    assert many.sentence.endswith("raison 0 ; raison 1 ; raison 2 ; et 2 autres raisons")


@pytest.mark.parametrize(
    ("year", "day"),
    [(2024, (3, 31)), (2025, (4, 20)), (2026, (4, 5)), (2027, (3, 28)), (2038, (4, 25)), (2285, (3, 22))],
)
def test_easter_falls_where_it_does(year: int, day: tuple[int, int]) -> None:
    assert easter(year) == date(year, *day)


def test_eleven_public_holidays_a_year() -> None:
    days = [date(2026, 1, 1) + timedelta(n) for n in range(365)]
    assert [f"{day:%d/%m}" for day in days if public_holiday(day)] == [
        "01/01", "06/04", "01/05", "08/05", "14/05", "25/05", "14/07", "15/08", "01/11", "11/11", "25/12",
    ]  # fmt: skip


def test_every_source_has_figures_that_read() -> None:
    assert all(figures(load(name)) for name in names())
    assert figures(load("boamp")).week.least == 1200


def test_a_mistake_in_the_figures_is_one_sentence() -> None:
    wrong = replace(load("boamp"), expect={"counts": {"basis": "", "week": {"minimum": 3}}})
    with pytest.raises(DataFileError, match=r"boamp\.yml, expect\.counts\.week.*« minimum »"):
        figures(wrong)


def store_of(records: list[dict[str, object]], announced: int) -> Store:
    """A database where these BOAMP records of 18 November were read, of ``announced`` ones."""
    store, log = Store.open(":memory:"), IssueLog()
    common = {"famille": "FNS", "nature": "APPEL_OFFRE", "etat": "INITIAL", "dateparution": "2026-11-18"}
    raws = [
        RawNotice(
            "boamp", f"26-{n}", "https://exemple.invalid/", datetime(2026, 11, 18, tzinfo=UTC),
            orjson.dumps({"idweb": f"26-{n}", "objet": "Entretien", **common, **record}),
        )
        for n, record in enumerate(records)
    ]  # fmt: skip
    store.archive(raws)
    read(store, store.unread(), log)
    day = date(2026, 11, 18)
    store.save_coverage([Coverage("boamp", day, announced, announced, 0, 0, 0, True)])
    store.count_read(day, day)
    return store


def concluded(store: Store, **settings: object) -> Judgement:
    config = Config(sources={"boamp": SourceSettings(**settings)})  # type: ignore[arg-type]
    day = date(2026, 11, 18)
    return conclude(store, config, since=day, until=day, today=date(2026, 11, 19))[0]


def test_the_database_is_measured_against_what_is_known() -> None:
    records = [{"datelimitereponse": "2026-12-01T12:00:00+00:00", "nomacheteur": "Ville"} for _ in range(25)]
    whole = concluded(store_of(records, 25), base_url="http://127.0.0.1/boamp")
    assert not any("date limite" in said or "acheteur" in said for said in whole.reasons)
    renamed = [{"date_limite_v2": "2026-12-01T12:00:00+00:00", "nomacheteur": "Ville"} for _ in range(25)]
    lost = concluded(store_of(renamed, 25), base_url="http://127.0.0.1/boamp")
    assert "la date limite n'est lue dans aucun des 25 avis du 18/11/2026" in " ".join(lost.reasons)


@pytest.mark.parametrize(
    ("settings", "judged_by_number"),
    [
        ({}, True),
        ({"base_url": "http://127.0.0.1/boamp"}, False),
        ({"base_url": "http://127.0.0.1/", "volume": 1.0}, True),
    ],
)
def test_the_usual_numbers_are_those_of_the_official_address(
    settings: dict[str, object], judged_by_number: bool
) -> None:
    found = concluded(store_of([{}], 1), **settings)
    assert any("au moins 150 attendus" in said for said in found.reasons) is judged_by_number


def test_nothing_is_concluded_of_days_when_nothing_was_read() -> None:
    config = Config()
    assert conclude(Store.open(":memory:"), config, since=MONDAY, until=MONDAY, today=LATER) == ()
