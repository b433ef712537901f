"""What should the reader verify? Where box, words, articles and law disagree: a note, never a correction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import re2

from nlp.segments import ess_services
from nlp.text import fold
from scanner.finding import CLAUSES, RESERVED, Finding
from scanner.notice import Lot, Notice, lot_number

#: A finding and the lots it names (None = the whole notice).
Said = tuple[Finding, tuple[str, ...] | None]

_ARTICLE = re2.compile(r"2113 ?-? ?(1[2-6])\b")
#: How far around its proof an article is looked for, in characters.
_AROUND = 160
#: The articles that may be cited for each reserved kind; only others next to it is a doubt for the reader.
_ARTICLES: dict[str, frozenset[str]] = {
    "reserve_ea_esat": frozenset({"12", "14"}), "reserve_siae": frozenset({"13", "14"}),
    "reserve_ess": frozenset({"15", "16"}), "reserve_cumul": frozenset({"12", "13", "14"}),
    "reserve_penitentiaire": frozenset({"13"}),
}  # fmt: skip
_WITH_PRISON = frozenset({"reserve_ea_esat", "reserve_siae", "reserve_cumul"})
#: Longest ESS reservation, in months (L2113-16).
_ESS_MONTHS = 36
#: Hours of a clause seen in real notices (20 to 1 600); far outside, the value is kept and flagged.
_USUAL_HOURS = (7, 20_000)
#: Share of the hours from which a clause is plausible but rare, in percent.
_HIGH_SHARE = 50


def notes(notice: Notice, said: Sequence[Said]) -> list[tuple[str, ...]]:
    """The note codes of each of ``said``, in its order (texts and bases in ``scanner/notes.yml``)."""
    return [tuple(dict.fromkeys([*one[0].notes, *_codes(notice, one, said)])) for one in said]


def _codes(notice: Notice, one: Said, said: Sequence[Said]) -> Iterator[str]:
    yield from _box(one, said)
    if any(_opposed(one, other) for other in said):
        yield "MENTIONS_CONTRADICTOIRES"
    finding = one[0]
    if finding.reading == "denied":
        if finding.label in CLAUSES and one[1] and finding.passage is not None:
            yield "CLAUSE_AUTRES_LOTS"
        return
    yield from _articles(notice, finding)
    yield from _reserved(notice, one, said)
    yield from _quantities(finding)
    if finding.label == "clause_insertion" and finding.passage is not None and not any(_sized(one, o) for o in said):
        yield "VOLUME_NON_PRECISE"


def _box(one: Said, said: Sequence[Said]) -> Iterator[str]:
    """What the boxes of the form and the words do not say alike."""
    finding = one[0]
    if finding.reading == "denied":
        return
    worded = {other.label for other, _ in said if other.passage is not None and other.reading != "denied"}
    if finding.passage is None and not (worded & RESERVED if finding.label in RESERVED else worded):
        yield "CASE_SANS_TEXTE"
    refused = any(
        other.passage is None and other.label in RESERVED and other.reading == "denied" and _meet(one[1], lots)
        for other, lots in said
    )
    if finding.passage is not None and finding.label in RESERVED and refused:
        yield "TEXTE_SANS_CASE"


def _opposed(one: Said, other: Said) -> bool:
    """Whether one affirms what the other denies of the same lots. Two boxes that ask different questions (BT-71 on
    participation, BT-736 on execution) are no contradiction."""
    mine, its = one[0], other[0]
    questions = mine.passage is None and its.passage is None and mine.field != its.field
    opposite = (mine.reading == "denied") != (its.reading == "denied")
    return mine.label == its.label and opposite and _meet(one[1], other[1]) and not questions


def _meet(lots: tuple[str, ...] | None, others: tuple[str, ...] | None) -> bool:
    return lots is None or others is None or bool(set(lots) & set(others))


def _articles(notice: Notice, finding: Finding) -> Iterator[str]:
    """Words beat the article cited beside them; the mismatch is told."""
    if finding.passage is None or finding.start is None or finding.end is None:
        return
    text = notice.passages[finding.passage].text
    around = fold(text[max(0, finding.start - _AROUND) : finding.end + _AROUND])
    allowed = _ARTICLES.get(finding.label)
    cited = {hit.group(1) for hit in _ARTICLE.finditer(around)}
    if allowed and cited and not cited & allowed:
        yield "ARTICLE_PUBLIC"
    if finding.label in CLAUSES and _ARTICLE.search(fold(finding.quote)) and "reserve" not in fold(finding.quote):
        yield "ARTICLE_RESERVE_POUR_CLAUSE"


def _reserved(notice: Notice, one: Said, said: Sequence[Said]) -> Iterator[str]:
    finding, lots = one
    if finding.label == "reserve_indetermine":
        yield "SANS_BENEFICIAIRE"
    if finding.label == "reserve_cumul" and any("concession" in kind.lower() for kind in notice.contract_types):
        yield "CUMUL_CONCESSION"
    if finding.label == "reserve_penitentiaire" and any(
        other.label in _WITH_PRISON and other.reading == "affirmed" and _meet(lots, its) for other, its in said
    ):
        yield "CUMUL_PENITENTIAIRE"
    if finding.label == "reserve_ess":
        yield from _ess(notice, _lots(notice, lots))


def _ess(notice: Notice, lots: Sequence[Lot]) -> Iterator[str]:
    """An ESS reservation holds for listed services and three years: what the notice states beyond that is told."""
    cpvs = {code.partition("-")[0] for lot in lots for code in lot.cpv} or {c.partition("-")[0] for c in notice.cpv}
    if cpvs and not cpvs & set(ess_services()):
        yield "ESS_HORS_LISTE"
    months = [lot.duration_months for lot in lots if lot.duration_months] or [notice.duration_months or 0]
    if max(months) > _ESS_MONTHS:
        yield "ESS_DUREE"


def _lots(notice: Notice, lots: tuple[str, ...] | None) -> list[Lot]:
    return [lot for lot in notice.lots if lots is None or lot_number(lot.number) in lots]


def _sized(one: Said, other: Said) -> bool:
    """Whether ``other`` states the volume of a clause that covers the lots of ``one``."""
    return other[0].label in CLAUSES and bool(other[0].hours or other[0].percent) and _meet(one[1], other[1])


def _quantities(finding: Finding) -> Iterator[str]:
    low, high = _USUAL_HOURS
    if any(not low <= hours.value <= high for hours in finding.hours):
        yield "VOLUME_INHABITUEL"
    if any(share.of in {"hours", "labour"} and share.value >= _HIGH_SHARE for share in finding.percent):
        yield "TAUX_ELEVE"
