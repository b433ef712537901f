"""Which trade is this lot? The segments of social purchase: by its CPV, else by what its words say.

``segment_of`` knows codes only and imports nothing heavy; ``lot_segment`` loads the text classifier, so spaCy, only for
a lot without any CPV that can be believed. Rules: longest prefix; the lot's codes before the notice's; of the
disagreeing codes of one lot the segment of highest potential.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from nlp.cpv import believed
from nlp.labour import labour_words
from nlp.subject import lot_subject, own_subject
from scanner.appraisal import Hint, Known, LotSegment, Segment
from scanner.datafile import only, read_yaml, texts
from scanner.notice import Lot, Notice

_HERE = Path(__file__).parent
#: From the least to the most promising.
POTENTIALS = ("faible", "moyen", "fort")


def _list(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())


@cache
def segments() -> Mapping[str, Segment]:
    """Every segment of ``segments.tsv`` by its CPV prefix (2 to 8 digits). Raises ValueError on a duplicate."""
    found: dict[str, Segment] = {}
    with (_HERE / "segments.tsv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            prefix = row["prefix"].strip()
            if prefix in found:
                raise ValueError(f"segments.tsv : le préfixe {prefix} figure deux fois, gardez-en un.")
            share = row["labour_share_pct"].strip()
            found[prefix] = Segment(
                prefix, row["label_fr"].strip(), row["family"].strip(), _list(row["device"]), _list(row["publics"]),
                int(share) if share else None, row["share_status"].strip(), _list(row["sector_group"]),
                row["potential"].strip(), _list(row["low_reason"] or ""), (row["notes"] or "").strip(),
            )  # fmt: skip
    return found


@cache
def sectors() -> Mapping[str, tuple[str, ...]]:
    """The 20 groups of trades by which inclusive structures describe themselves, with their 154 sectors.

    Source: ``sectors.yml``. Raises DataFileError on a malformed entry.
    """
    path = _HERE / "sectors.yml"
    entry = only(read_yaml(path), path.name, {"source": str, "status": str, "updated": str, "groups": dict})
    return {group: texts(listed, f"{path.name}, {group}") for group, listed in entry["groups"].items()}


def sector_groups() -> tuple[str, ...]:
    """The names of the 20 groups, in the order of their source."""
    return tuple(sectors())


def segment_of(cpvs: Sequence[str]) -> Segment | None:
    """The segment with the longest prefix of the first CPV that has one; None when no CPV is known."""
    known = segments()
    for cpv in cpvs:
        digits = "".join(char for char in cpv.partition("-")[0] if char.isdigit())
        for size in range(len(digits), 1, -1):
            if digits[:size] in known:
                return known[digits[:size]]
    return None


def lot_segment(notice: Notice, lot: Lot | None) -> LotSegment | None:
    """The segment of ``lot`` (of the whole notice when None), how it is known, and the words that raise a poor one.

    A CPV that is not in the official list, nor below a code that is, is not believed: the next is taken, then the
    text. A code of low potential may be a wrong one: where the words are all but sure of a better trade, they win, and
    the segment of the code stands beside. None: neither code nor words tell, which the caller says as unknown. Source:
    segments.md, sections 0 and 5.
    """
    codes = [found for found in (_by_own_code(lot), _by_code(notice, lot)) if found]
    said = _by_text(notice, lot)
    if not codes:
        return said
    chosen = said if said and _contradicts(said, codes[0]) else None
    raised = [_raised(found, notice, lot) for found in codes]
    best = replace(chosen, others=(codes[0].segment.prefix, *codes[0].others)) if chosen else raised[0]
    rest = [*raised, *([said] if said else [])]
    return replace(best, hints=tuple(dict.fromkeys(_hint(one) for one in rest if _promises(one, best))))


def _contradicts(said: LotSegment, found: LotSegment) -> bool:
    """Whether the words are all but sure of a better trade than that of a code of low potential."""
    from nlp.segment_reader import settings

    sure = said.confidence >= settings().contradiction
    return sure and said.segment.potential != POTENTIALS[0] == found.segment.potential


def _promises(one: LotSegment, best: LotSegment) -> bool:
    """Whether the trade of ``one`` has something that the one retained has not."""
    other, kept = one.segment, best.segment
    return (
        POTENTIALS.index(other.potential) > POTENTIALS.index(kept.potential)
        or (other.labour_share or 0) > (kept.labour_share or 0)
        or not set(other.publics) <= set(kept.publics)
    ) or (best.known == "texte" and one.known != "texte")


def _hint(one: LotSegment) -> Hint:
    row = one.segment
    return Hint(
        row.prefix, row.label, row.potential, row.labour_share, row.publics, one.known, one.code, one.confidence
    )


def _by_own_code(lot: Lot | None) -> LotSegment | None:
    """The codes of the lot itself."""
    own = _codes(lot.cpv) if lot else []
    return _best([(code, "cpv_lot") for code in own])


def _by_code(notice: Notice, lot: Lot | None) -> LotSegment | None:
    """The main code of the notice, else an additional one.

    The codes of an undivided notice are those of one lot, so all of them are compared.
    """
    main = believed(notice.cpv[0]) if notice.cpv else ""
    told: list[tuple[str, Known]] = [
        (code, "cpv_avis" if code == main else "cpv_secondaire") for code in _codes(notice.cpv)
    ]
    return _best(told if len(notice.lots) < 2 else told[:1])


def _codes(written: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(code for one in written if (code := believed(one))))


def _best(told: Sequence[tuple[str, Known]]) -> LotSegment | None:
    """The code whose segment has the highest potential, the first of equals; the prefixes of the others beside it."""
    rows = [(segment, code, known) for code, known in told if (segment := segment_of([code]))]
    if not rows:
        return None
    best, code, known = max(rows, key=lambda row: POTENTIALS.index(row[0].potential))
    others = dict.fromkeys(segment.prefix for segment, _, _ in rows if segment != best)
    return LotSegment(best, known, code, others=tuple(others))


def _by_text(notice: Notice, lot: Lot | None) -> LotSegment | None:
    from nlp.segment_reader import guess, settings

    said = guess(lot_subject(notice, lot))
    if said is None or said.confidence < settings().threshold:
        return None
    return _raised(LotSegment(segments()[said.prefix], "texte", confidence=said.confidence), notice, lot)


def _raised(found: LotSegment, notice: Notice, lot: Lot | None) -> LotSegment:
    """A poor segment is ``moyen`` where the words of the lot show labour; the words are quoted."""
    words = labour_words(own_subject(notice, lot)) if found.segment.potential == POTENTIALS[0] else ""
    if not words:
        return found
    return replace(found, segment=replace(found.segment, potential=POTENTIALS[1]), words=words)
