from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scanner.opportunity.timing import renewal_period, window

TODAY = date(2026, 11, 23)
PARIS = ZoneInfo("Europe/Paris")


def at(days):
    return datetime(2026, 11, 23, 12, tzinfo=PARIS) + timedelta(days=days)


def seen(kind="call", **change):
    return window(**{"kind": kind, "project": False, "deadline": None, "reference": TODAY, **change})


@pytest.mark.parametrize(("days", "code", "told"), [
    (21, "W3", "rectificatif encore possible"), (20, "W3", "question via le profil d'acheteur"),
    (8, "W3", "question via le profil d'acheteur"), (7, "W3", "noter pour le renouvellement"),
    (1, "W3", "noter pour le renouvellement"), (0, "W3", "dernier jour"), (-1, "trop_tard", "date limite passée"),
])  # fmt: skip
def test_the_days_left_drive_the_action(days, code, told):
    found = seen(deadline=at(days))
    assert (found.code, found.days) == (code, days)
    assert told in found.action


def test_an_unknown_deadline_is_told():
    found = seen()
    assert (found.code, found.days) == ("W3", None) and "date limite inconnue" in found.action


def test_days_are_those_of_paris():
    assert seen(deadline=datetime(2026, 11, 23, 23, 30, tzinfo=UTC)).days == 1  # half past midnight in Paris


@pytest.mark.parametrize(("expected", "days", "told"), [
    (date(2026, 12, 23), 30, "23/12/2026 (30 jours)"), (TODAY, 0, "23/11/2026"),
    (date(2026, 11, 22), None, "date passée"), (None, None, "date de l'avis inconnue"),
])  # fmt: skip
def test_a_project_is_the_best_moment(expected, days, told):
    for found in (seen(project=True, expected=expected), seen("planning", expected=expected)):
        assert (found.code, found.title, found.days) == ("W1", "Programmation", days)
        assert told in found.action


def test_a_relaunch_is_the_moment_of_the_documents():
    assert seen("cancellation", relaunched=True).code == "W2"
    assert "relance annoncée" in seen(deadline=at(-1), relaunched=True).action
    stopped = seen("cancellation", deadline=at(30))
    assert stopped.code == "W2" and "si une relance est prévue" in stopped.action
    assert seen(deadline=at(30), relaunched=True).code == "W3"


@pytest.mark.parametrize(("end", "code"), [
    (date(2027, 11, 24), "W4"),  # twelve months and a day
    (date(2027, 11, 23), "W1"), (date(2027, 8, 23), "W1"),  # twelve months, nine months
    (date(2027, 8, 22), "W5"), (TODAY, "W5"), (date(2026, 11, 22), "trop_tard"), (None, "W4"),
])  # fmt: skip
def test_the_renewal_of_an_awarded_contract(end, code):
    assert seen("award", end=end).code == code


def test_the_holder_is_to_be_contacted_after_the_award():
    assert "titulaire à contacter" in seen("award").action
    assert "30/06/2029" in seen("award", end=date(2029, 6, 30)).action


def test_a_call_gone_by_waits_for_its_renewal():
    assert seen(deadline=at(-300), end=date(2027, 9, 30)).code == "W1"
    far = seen(deadline=at(-1), end=date(2030, 11, 30))
    assert far.code == "trop_tard" and "30/11/2030" in far.action


def test_the_period_of_a_renewal_ends_with_the_month():
    assert renewal_period(date(2027, 11, 30)) == (date(2026, 11, 30), date(2027, 2, 28))
    assert renewal_period(date(2027, 1, 31)) == (date(2026, 1, 31), date(2026, 4, 30))
