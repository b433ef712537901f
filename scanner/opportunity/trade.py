"""What is the trade of a lot worth? The most that one of its fields tells: its code, its notice's code, its words.

A less direct field keeps a part of its points, also beside a poor code: so a code that is missing never raises a score.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scanner.appraisal import Hint, LotSegment, Signal
from scanner.opportunity.points import entry, named, part, place, stepped, table

_Signals = dict[str, Signal]


def worth(known: LotSegment, *, shared: bool) -> _Signals:
    """The signals ``potential``, ``labour_share``, and ``rare_publics`` if any, all from the one trade worth most.

    ``shared``: the codes of the notice are those of several lots. One that is not the trade retained is told, as
    ``perhaps``.
    """
    row = known.segment
    own = Hint(
        row.prefix, row.label, row.potential, row.labour_share, row.publics, known.known, known.code, known.confidence
    )
    told = [_worth(one, shared) for one in (own, *known.hints)]
    best = max(range(len(told)), key=lambda rank: (sum(one.points for one in told[rank].values()), -rank))
    if not best:
        return told[0]
    hint = known.hints[best - 1]
    reason = table()["remarks"]["perhaps"].format(value=hint.label)
    return {**told[best], "perhaps": Signal("perhaps", 0, reason, _field(hint, shared))}


def _worth(one: Hint, shared: bool) -> _Signals:
    if one.known == "inconnu":
        unknown = named("potential", "unknown", field=place("text"), known=False)
        return {"potential": unknown, "labour_share": stepped("labour_share", None, field=_row(one))}
    found = {
        "potential": named("potential", one.potential, field=_field(one, shared)),
        "labour_share": stepped("labour_share", one.labour_share, field=_row(one)),
        **{signal.name: signal for signal in _rare_publics(one)},
    }
    kept = "texte" if one.known == "texte" else "avis" if shared and one.known != "cpv_lot" else ""
    if not kept:
        return found
    return {name: replace(signal, points=part(kept, signal.points)) for name, signal in found.items()}


def _rare_publics(one: Hint) -> Iterator[Signal]:
    rules = table()["rare_publics"]
    rare = [public for public in one.publics if public in rules["publics"]]
    if rare:
        names = ", ".join(str(table()["publics"].get(public, public)) for public in rare)
        yield Signal("rare_publics", rules["points"], rules["reason"].format(value=names), _row(one))


def remarks(known: LotSegment, *, shared: bool) -> Iterator[Signal]:
    """What is assumed or doubtful in the segment, and why a poor one is poor."""
    told, row = table()["remarks"], known.segment
    if row.labour_share is not None and row.share_status == "A_CONFIRMER":
        yield Signal("share", 0, told["share"], known=False)
    if known.known == "texte":
        how = "against" if known.others else "text"
        yield Signal("text", 0, told[how].format(value=round(100 * known.confidence)), known=False)
    if shared and known.known in ("cpv_avis", "cpv_secondaire"):
        yield Signal("inherited", 0, told["inherited"], known=False)
    if known.coarse:
        yield Signal("coarse", 0, told["coarse"], known=False)
    if known.others:
        yield Signal("others", 0, told["others"].format(value=", ".join(known.others)), known=known.known == "texte")
    if known.words:
        yield Signal("words", 0, told["words"], quote=known.words)
    for code in row.reasons:
        yield Signal("low_reasons", 0, str(entry("low_reasons", code)), place("rare_publics", prefix=row.prefix))


def _field(one: Hint, shared: bool) -> str:
    if not one.code:
        return place("text")
    whole = shared and one.known in ("cpv_avis", "cpv_secondaire")
    return place("potential_whole" if whole else "potential", code=one.code)


def _row(one: Hint) -> str:
    return place("labour_share", prefix=one.prefix)
