"""Does the sample look like the real thing, and always the same?"""

import json
from collections import Counter
from datetime import date, datetime
from itertools import pairwise

from scanner.datafile import read_yaml
from scanner.sample import generator, week
from scanner.sample.shapes import siret


def test_the_week_has_the_41_columns_and_text_documents() -> None:
    rows = week.records()
    assert len(rows) >= 260
    for row in rows:
        assert list(row) == list(rows[0]) and len(row) == 41
        assert isinstance(row["gestion"], str) and isinstance(row["donnees"], str)
        assert [] not in row.values()


def test_the_week_is_seven_days_and_the_same_twice() -> None:
    rows = week.records(date(2026, 11, 16))
    assert rows == week.records(date(2026, 11, 16))
    days = [row["dateparution"] for row in rows]
    assert (min(days), max(days), len(set(days))) == ("2026-11-16", "2026-11-22", 7)


def test_deadlines_come_two_to_six_weeks_after_the_call() -> None:
    for row in week.records():
        if row["nature"] == "APPEL_OFFRE" and row["etat"] == "INITIAL" and row["datelimitereponse"]:
            gap = datetime.fromisoformat(row["datelimitereponse"]).date() - date.fromisoformat(row["dateparution"])
            assert 14 <= gap.days <= 42


def test_every_label_comes_twice_and_every_text_is_published() -> None:
    cases = read_yaml(week.HERE / "texts.yml")["cases"]
    assert min(Counter(case["label"] for case in cases).values()) >= 2
    everything = "\n".join(row["objet"] + row["donnees"] for row in week.records())
    missing = [case["text"] for case in cases if json.dumps(case["text"], ensure_ascii=False)[1:-1] not in everything]
    assert missing == []


def test_corrections_results_and_broken_records_are_there() -> None:
    rows = week.records()
    kinds = {(row["famille"], row["nature"], row["etat"]) for row in rows}
    assert {("FNS", "RECTIFICATIF", "RECTIFICATIF"), ("JOUE", "APPEL_OFFRE", "RECTIFICATIF")} <= kinds
    assert {
        ("FNS", "ATTRIBUTION", "INITIAL"),
        ("FNS", "ANNULATION", "INITIAL"),
        ("DSP", "APPEL_OFFRE", "INITIAL"),
    } <= kinds
    assert sum(row["idweb"] is None for row in rows) == 1
    assert all(row["annonce_lie"] for row in rows if row["nature"] == "RECTIFICATIF")


def test_a_sample_siret_satisfies_luhn() -> None:
    digits = [int(digit) for digit in siret(123)]
    doubled = [sum(divmod(digit * 2, 10)) if rank % 2 == 0 else digit for rank, digit in enumerate(digits)]
    assert len(digits) == 14 and sum(doubled) % 10 == 0


def test_generated_notices_differ_and_repeat_with_their_seed() -> None:
    rows = list(generator.notices(2000))
    assert len({row["donnees"] for row in rows}) > 1900
    assert [row["donnees"] for row in rows[:5]] != [row["donnees"] for row in generator.notices(5, seed=1)]
    assert list(generator.notices(20, seed=3)) == list(generator.notices(20, seed=3))
    assert all(a["dateparution"] <= b["dateparution"] for a, b in pairwise(rows))
