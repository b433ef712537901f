"""Is what a reader says shown in the next edition: struck, corrected, put away, and never erased?"""

from collections.abc import Iterator
from datetime import date

import pytest

from feeds import digest
from scanner.edition import Edition
from scanner.feedback import Follow, Verdict
from scanner.listen import answered, listen
from scanner.store import Store
from tests.scanner.test_store import CLAUSE, keep, notice, publish, record

DAY = date(2026, 11, 24)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store.open(":memory:") as opened:
        keep(opened, record(notice()))
        yield opened


def after(store: Store, *lines: Verdict | Follow) -> Edition:
    listen(store, lines, today=DAY)
    return answered(store, publish(store))


def says(verdict: str, lot: str | None = None, label: str = "", comment: str = "") -> Verdict:
    return Verdict("boamp:26-1", lot, verdict, label, comment, given=DAY)


def lots(edition: Edition):
    return {lot.number: lot for lot in edition.items[0].lots}


def test_without_any_answer_nothing_changes(store: Store) -> None:
    assert answered(store, publish(store)) == publish(store)


def test_a_false_positive_leaves_its_list_and_is_told_struck(store: Store) -> None:
    told = after(store, says("faux_positif", "1", comment="Mme X me l'a dit"))
    assert (lots(told)["1"].status, lots(told)["1"].findings, lots(told)["1"].struck) == ("rien", (), (CLAUSE,))
    html = digest.html(told)
    assert "0 marché avec clause" in html and "Réponses des lecteurs" in html
    assert f"<s>« {CLAUSE.quote} »</s>" in html.replace("&#39;", "'")
    assert "Mme X" not in html + digest.text(told), "un commentaire n'est pas écrit pour être publié"


def test_a_clause_found_in_the_documents_corrects_the_lot_and_closes_the_opportunity(store: Store) -> None:
    assert lots(publish(store))["2"].opportunity is not None
    told = after(store, says("dce", "2", "clause_insertion"))
    assert (lots(told)["2"].status, lots(told)["2"].opportunity) == ("clause", None)
    text = digest.text(told)
    assert "clause trouvée au DCE : clause d'insertion (24/11/2026)" in text
    assert "trouvé au dossier de consultation par un lecteur (hors de l'avis, sans citation)" in text
    why = text.split("2. MARCHÉS AVEC CLAUSE")[1].split("Dispositif")[0]
    assert "dans le dossier de consultation ; l'avis n'en dit rien (lot 2)" in why
    assert "l'avis prévoit une clause d'insertion ou de formation à l'exécution (lot 1)" in why


def test_a_device_missed_on_the_whole_notice_reaches_each_lot(store: Store) -> None:
    told = after(store, says("manque", None, "reserve_siae"))
    assert {lot.status for lot in told.items[0].lots} == {"reserve"}


@pytest.mark.parametrize(("state", "shown"), [("vu", False), ("ecarte", False), ("contacte", True), ("nouveau", True)])
def test_what_was_seen_does_not_come_back(store: Store, state: str, shown: bool) -> None:
    told = after(store, Follow("boamp:26-1", "2", state, "", DAY))
    assert (lots(told)["2"].opportunity is not None) is shown
    assert lots(told)["1"] == lots(publish(store))["1"], "l'autre lot ne bouge pas"


def test_what_was_seen_comes_back_when_the_tender_changes(store: Store) -> None:
    told = after(store, Follow("boamp:26-1", "2", "vu", "", DAY))
    assert lots(told)["2"].opportunity is None
    keep(store, record(notice(deadline=None)))
    assert lots(answered(store, publish(store)))["2"].opportunity is not None
