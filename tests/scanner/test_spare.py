"""One bad notice, item, letter or contract never costs the week: it is named, and everything else is told."""

from __future__ import annotations

import email
import sys
from dataclasses import replace
from datetime import date, timedelta
from email import policy
from functools import partial
from pathlib import Path

import pytest

import scanner.appraise as appraising
import scanner.mailing.post as mailing
from feeds import site, tables
from feeds.site import entries
from scanner import run
from scanner.config import Config, SourceSettings
from scanner.datafile import DataFileError
from scanner.edition import Coverage, Edition
from scanner.issues import Issue, IssueLog
from scanner.mail_settings import MailSettings
from scanner.mailing.post import mail
from scanner.notice import RawNotice
from scanner.spare import listed, one_by_one, spared
from scanner.store import Store
from tests.feeds.samples import edition, item
from tests.hostile.unseen import KEY, mapa
from tests.hostile.valid import MOMENT

MONDAY, SUNDAY, TODAY = date(2026, 11, 16), date(2026, 11, 22), date(2026, 11, 23)
BAD = "boamp:26-3"


def raws(count: int = 6) -> list[RawNotice]:
    """Calls of two lots: one is reserved, the other an opportunity."""
    lots = [
        {"numero": "1", "intitule": "Travaux de peinture du gymnase", "description": "Fourniture et pose."},
        {"numero": "2", "intitule": "Nettoyage", "description": "Ce lot est réservé aux ESAT."},
    ]
    body = mapa({"lots": {"lot": lots}}, datelimitereponse="2026-12-20T10:00:00+00:00", code_departement=["34"])
    return [
        RawNotice("boamp", f"26-{n}", "", MOMENT, body.replace(KEY.encode(), f"26-{n}".encode()))
        for n in range(1, count + 1)
    ]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    people = tmp_path / "abonnes.csv"
    people.write_text("adresse;edition;departements;metiers;type;nom\na@x.fr;mission;;;;\nb@x.fr;facilitateur;;;;\n")
    letters = MailSettings(sender="v@x.fr", subscribers=people)
    return Config(folder=tmp_path, contact="a@b.fr", sources={"boamp": SourceSettings(volume=0.0)}, mail=letters)


def archived(config: Config) -> None:
    with Store.open(config.database) as store:
        store.archive(raws())
        days = [MONDAY + timedelta(days=n) for n in range(7)]
        store.save_coverage([Coverage("boamp", day, 0, 0, 0, 0, 0, complete=True) for day in days])


def go(config: Config, monkeypatch: pytest.MonkeyPatch) -> run.Outcome:
    """A run without network: what is archived is read and published."""
    monkeypatch.setattr(run, "collect", lambda *_, **__: ())
    return run.run(config, since=MONDAY, until=SUNDAY, today=TODAY)


def told(config: Config) -> str:
    week = config.public / "digest" / "2026-W47.txt"
    return " ".join(week.read_text(encoding="utf-8").replace("\u00a0", " ").split())


def refusing(step, about, error=ValueError):
    """``step``, which refuses what is about one notice."""

    def refuse(*args, **options):
        if any(about(one) for one in (*args, *options.values())):
            raise error("imprévu")
        return step(*args, **options)

    return refuse


def test_an_appraisal_that_fails_is_one_issue_and_the_others_are_appraised(config, monkeypatch):
    archived(config)
    bad = lambda one: getattr(one, "id", "") == BAD  # noqa: E731
    with monkeypatch.context() as broken:
        broken.setattr(appraising, "appraise", refusing(appraising.appraise, bad))
        made = go(config, broken)
    (issue,) = [one for one in made.issues if one.code == "appreciation_interrompue"]
    assert (issue.source, issue.key, issue.level) == ("boamp", "26-3", "rejected") and "imprévu" in issue.message
    assert made.status == 1 and made.reading == run.Reading(6, 0)
    chances = {one.tender: [lot for lot in one.lots if lot.opportunity] for one in made.edition.items}
    assert sorted(chances) == [f"boamp:26-{n}" for n in range(1, 7)]
    assert [tender for tender, lots in chances.items() if not lots] == [BAD]
    assert not made.edition.complete and f"appréciation interrompue pour {BAD}" in told(config)
    with Store.open(config.database) as store:
        assert [row["code"] for row in store.rows("SELECT code FROM issues WHERE key = '26-3'")] == [issue.code]

    again = go(config, monkeypatch)  # repaired: tried again without a new reading, and no longer said
    assert not [one for one in again.issues if one.code == "appreciation_interrompue"]
    assert all(any(lot.opportunity for lot in one.lots) for one in again.edition.items)
    assert "appréciation interrompue" not in told(config)


def test_an_appraisal_without_end_is_stopped(config, monkeypatch):
    archived(config)

    def endless(notice, *rest):
        while notice.id == BAD:
            pass
        return whole(notice, *rest)

    whole = appraising.appraise
    monkeypatch.setattr(appraising, "appraise", endless)
    made = go(replace(config, limits=replace(config.limits, secondes=1)), monkeypatch)
    (issue,) = [one for one in made.issues if one.code == "appreciation_interrompue"]
    assert "plus de 1 secondes" in issue.message


def test_rules_that_cannot_be_trusted_stop_the_run(config, monkeypatch):
    archived(config)
    monkeypatch.setattr(appraising, "appraise", refusing(appraising.appraise, lambda _: True, DataFileError))
    with pytest.raises(DataFileError):
        go(config, monkeypatch)


def test_a_notice_that_cannot_be_linked_is_rejected_alone(config, monkeypatch):
    archived(config)
    monkeypatch.setattr(run, "trace", refusing(run.trace, lambda one: one.id == BAD))
    made = go(config, monkeypatch)
    (issue,) = [one for one in made.issues if one.code == "rattachement_interrompu"]
    assert issue.key == "26-3" and made.reading == run.Reading(5, 1) and made.status == 1
    assert BAD not in [one.tender for one in made.edition.items] and len(made.edition.items) == 5
    with Store.open(config.database) as store:
        assert len(list(store.raws())) == 6
        assert store.rows("SELECT read, rejected, status FROM runs") == [
            {"read": 5, "rejected": 1, "status": "terminé"}
        ]


def test_what_tells_of_everything_may_fail_and_the_week_is_published(config, monkeypatch):
    archived(config)

    def failing(*_, **__):
        raise ValueError("imprévu")

    monkeypatch.setattr(run, "settle_buyers", failing)
    monkeypatch.setattr(run, "approach", failing)
    monkeypatch.setattr(run, "leads_of", failing)
    made = go(config, monkeypatch)
    assert {"acheteurs_interrompus", "demarches_interrompues"} <= {one.code for one in made.issues}
    assert made.status == 1 and "acheteurs à approcher et renouvellements non calculés" in told(config)


PAGES = {
    "site": (site, "_consultation", lambda one: getattr(getattr(one, "item", None), "tender", "") == BAD),
    "feed": (
        sys.modules["feeds.rss"],
        "_add",
        lambda one: getattr(one, "updated", None) and BAD in str(getattr(one, "id", "")),
    ),
    "table": (tables, "_rows", lambda one: isinstance(one, Edition) and any(each.tender == BAD for each in one.items)),
    "private": (
        run,
        "private_pages",
        lambda one: isinstance(one, Edition) and any(each.tender == BAD for each in one.items),
    ),
}


@pytest.mark.parametrize("page", PAGES)
def test_an_item_that_a_page_refuses_is_left_out_and_named(config, monkeypatch, page):
    archived(config)
    owner, name, about = PAGES[page]
    monkeypatch.setattr(owner, name, refusing(getattr(owner, name), about))
    made = go(config, monkeypatch)
    assert made.edition.lost == (BAD,) and made.status == 1
    assert [one.key for one in made.issues if one.code == "publication_interrompue"] == ["26-3"]
    assert f"publication interrompue pour {BAD}" in told(config)
    assert len(entries(made.edition)) == 5 and (config.private / "index.html").exists()


def test_a_letter_that_cannot_be_made_does_not_stop_the_others(config, monkeypatch):
    archived(config)
    made = go(config, monkeypatch)
    monkeypatch.setattr(
        mailing, "eml", refusing(mailing.eml, lambda one: getattr(one, "address", "") == "a@x.fr", KeyError)
    )
    with Store.open(config.database) as store:
        report = mail(store, config, made.edition)
    assert report.status == 1 and any("lettre impossible : a@x.fr" in line for line in report.lines)
    assert [path.name for path in (config.private / "lettres").iterdir()] == ["2026-W47-facilitateur.eml"]


def test_an_item_that_a_letter_refuses_is_said_in_the_letter(config, monkeypatch):
    archived(config)
    made = go(config, monkeypatch)

    def refusing_items(edition, *rest, **options):
        if any(one.tender == BAD for one in edition.items):
            raise ValueError("imprévu")
        return whole(edition, *rest, **options)

    whole = mailing.eml
    monkeypatch.setattr(mailing, "eml", refusing_items)
    with Store.open(config.database) as store:
        report = mail(store, config, made.edition)
    assert report.status == 0
    body = (config.private / "lettres" / "2026-W47-mission.eml").read_bytes()
    letter = email.message_from_bytes(body, policy=policy.default).get_body(("plain",))
    assert f"publication interrompue pour {BAD}" in " ".join(letter.get_content().replace("\u00a0", " ").split())


def test_the_items_that_refuse_are_found_among_many():
    made = edition(*(item(f"26-{n}") for n in range(40)))
    bad = {"boamp:26-7", "boamp:26-8", "boamp:26-39"}

    def tell(one):
        if bad & {each.tender for each in one.items}:
            raise KeyError("x")
        return len(one.items)

    fewer, kept = spared(made, tell)
    assert kept == 37 and set(fewer.lost) == bad and not fewer.complete
    assert "boamp:26-7, boamp:26-8, boamp:26-39" in fewer.withheld[0]
    assert spared(made, lambda one: len(one.items)) == (made, 40)


def test_what_fails_without_any_item_or_for_everybody_is_raised():
    made = edition(item("26-1"))
    for error in (ValueError, DataFileError, OSError, MemoryError):
        with pytest.raises(error):
            spared(made, partial(_fail, error))
        with pytest.raises(error if error is not ValueError else AssertionError):
            one_by_one(partial(_fail, error), ["a"])
            raise AssertionError


def _fail(error, *_):
    raise error("x")


def test_what_cannot_be_read_is_named_and_the_rest_read():
    assert one_by_one(lambda keys: [10 // int(key) for key in keys], ["1", "0", "5", "x"]) == ([10, 2], ["0", "x"])
    assert listed(["a", "b", "c", "d"]) == "a, b, c et 1 autre" and listed(["a"]) == "a"


def test_issues_are_of_this_run(config):
    log = IssueLog()
    run.going_on(log, "x_interrompu", "Rien n'est fait", partial(_fail, ValueError))
    assert [one.level for one in log] == ["rejected"] and isinstance(next(iter(log)), Issue)
