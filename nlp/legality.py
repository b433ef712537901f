"""What should the reader verify? Where box, words, articles and law disagree: a note, never a correction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import re2

from nlp.text import fold
from scanner.ess import ess_services
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


@dataclass(frozen=True, slots=True)
class _Whole:
    """What the notice says as a whole, gathered once: it may hold thousands of findings."""

    worded: frozenset[str]
    refused: tuple[Said, ...]
    sized: frozenset[str]
    sized_all: bool
    by_reading: Mapping[tuple[str, bool], tuple[Said, ...]]

    @classmethod
    def of(cls, said: Sequence[Said]) -> _Whole:
        by_reading: dict[tuple[str, bool], list[Said]] = {}
        for one in said:
            by_reading.setdefault((one[0].label, one[0].reading == "denied"), []).append(one)
        yes = [one for one in said if one[0].reading != "denied"]
        sized = [lots for one, lots in said if one.label in CLAUSES and (one.hours or one.percent)]
        return cls(
            frozenset(one.label for one, _ in yes if one.passage is not None),
            tuple(one for one in said if one[0].passage is None and one[0].label in RESERVED and one not in yes),
            frozenset(lot for lots in sized for lot in lots or ()),
            None in sized,
            {key: tuple(those) for key, those in by_reading.items()},
        )

    def same(self, label: str, *, denied: bool) -> tuple[Said, ...]:
        return self.by_reading.get((label, denied), ())

    def states_volume(self, lots: tuple[str, ...] | None) -> bool:
        """Whether the volume of a clause that covers one of ``lots`` is written."""
        return self.sized_all or bool(self.sized if lots is None else self.sized & set(lots))


def notes(notice: Notice, said: Sequence[Said]) -> list[tuple[str, ...]]:
    """The note codes of each of ``said``, in its order (texts and bases in ``scanner/notes.yml``)."""
    whole = _Whole.of(said)
    return [tuple(dict.fromkeys([*one[0].notes, *_codes(notice, one, whole)])) for one in said]


def _codes(notice: Notice, one: Said, whole: _Whole) -> Iterator[str]:
    finding = one[0]
    denied = finding.reading == "denied"
    if not denied:
        yield from _box(one, whole)
    if any(_opposed(one, other) for other in whole.same(finding.label, denied=not denied)):
        yield "MENTIONS_CONTRADICTOIRES"
    if denied:
        if finding.label in CLAUSES and one[1] and finding.passage is not None:
            yield "CLAUSE_AUTRES_LOTS"
        return
    yield from _articles(notice, finding)
    yield from _reserved(notice, one, whole)
    yield from _quantities(finding)
    if finding.label == "clause_insertion" and finding.passage is not None and not whole.states_volume(one[1]):
        yield "VOLUME_NON_PRECISE"


def _box(one: Said, whole: _Whole) -> Iterator[str]:
    """What the boxes of the form and the words do not say alike."""
    finding = one[0]
    if finding.passage is None and not (whole.worded & RESERVED if finding.label in RESERVED else whole.worded):
        yield "CASE_SANS_TEXTE"
    worded = finding.passage is not None and finding.label in RESERVED
    if worded and any(_meet(one[1], lots) for _, lots in whole.refused):
        yield "TEXTE_SANS_CASE"


def _opposed(one: Said, other: Said) -> bool:
    """Whether what one affirms is denied by the other of the same lots. Two boxes that ask different questions (BT-71
    on participation, BT-736 on execution) are no contradiction."""
    mine, its = one[0], other[0]
    questions = mine.passage is None and its.passage is None and mine.field != its.field
    return not questions and _meet(one[1], other[1])


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


def _reserved(notice: Notice, one: Said, whole: _Whole) -> Iterator[str]:
    finding, lots = one
    if finding.label == "reserve_indetermine":
        yield "SANS_BENEFICIAIRE"
    if finding.label == "reserve_cumul" and any("concession" in kind.lower() for kind in notice.contract_types):
        yield "CUMUL_CONCESSION"
    if finding.label == "reserve_penitentiaire" and any(
        other.reading == "affirmed" and _meet(lots, its)
        for label in _WITH_PRISON
        for other, its in whole.same(label, denied=False)
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


def _quantities(finding: Finding) -> Iterator[str]:
    low, high = _USUAL_HOURS
    if any(not low <= hours.value <= high for hours in finding.hours):
        yield "VOLUME_INHABITUEL"
    if any(share.of in {"hours", "labour"} and share.value >= _HIGH_SHARE for share in finding.percent):
        yield "TAUX_ELEVE"
