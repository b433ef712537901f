"""What should be proposed for a lot: to reserve it, a clause, a criterion, training, or advice for next time?

The ladder of the inclusion market (numbers of structures, economic dependency), crossed with the law, the hours and
the notice. Thresholds and words are in ``lever.yml``.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from scanner.appraisal import HoursRange, LegalCheck, Lever, LotSegment, Supply
from scanner.datafile import DataFileError
from scanner.notice import Lot, Notice
from scanner.opportunity.assumptions import Assumptions, defaults
from scanner.opportunity.ladder import Case, facts, lever_file, threshold
from scanner.opportunity.words import agree, figure

#: Code, text and reasons of a rung that holds.
_Found = tuple[str, str, tuple[str, ...]]


def choose(
    notice: Notice,
    lot: Lot | None,
    segment: LotSegment,
    legal: LegalCheck,
    hours: HoursRange,
    supply: Supply | None,
    assumptions: Assumptions | None = None,
) -> Lever:
    """The highest rung that the supply, the law, the hours and the notice allow, with its reason in French.

    Without ``supply`` (no directory, unknown place or trade without sectors) no reservation is chosen: « selon le
    sourcing ». ``devices`` are those of the segment that the law leaves open, and without reservation when one
    year of the contract weighs 30 % or more in the mean turnover. Nothing unknown is taken for a no: it is warned of.
    """
    case = facts(notice, lot, segment, legal, hours, supply, assumptions or defaults())
    rungs: tuple[Callable[[Case], _Found | None], ...] = (_closed, _reserved, _clause, _criterion, _training)
    code, text, reasons = next((found for rung in rungs if (found := rung(case))), None) or _advice(case)
    return Lever(code, text, " ; ".join(reasons), case.devices, _warnings(case, code))


def _closed(case: Case) -> _Found | None:
    if case.notice.kind not in lever_file()["closed"]:
        return None
    return "conseil", _word("texts", "conseil"), (_word("reasons", "closed"),)


def _reserved(case: Case) -> _Found | None:
    """The contract above 30 structures and under 30 % of dependency, else the lot above 10; never without supply."""
    if case.reserve is None or case.supply is None:
        return None
    device, count = case.reserve
    whole = count > threshold("marche_reserve") and case.weight is not None and not case.divided
    if not whole and not (count > threshold("lot_reserve") and case.divided):
        return None
    code = "marche_reserve" if whole else "lot_reserve"
    reasons = [_word("reasons", "reservable", count=str(count)) + f" ({_more(code)})"]
    if case.weight is not None:
        reasons.append(_word("reasons", "dependency", percent=figure(float(case.weight))))
    return code, _word("texts", code, device=_word("devices", device)), tuple(reasons)


def _clause(case: Case) -> _Found | None:
    """A clause needs 35 h and two months, or that they be unknown; and more than one structure, or one of staffing."""
    if case.small or case.short or (case.hours.central is None and case.intellectual):
        return None
    if case.supply is not None and not case.staffed and case.supply.count <= threshold("clause"):
        return None
    text = _word("texts", "clause")
    reserved = next((one for one in case.devices if one.startswith("reserve_")), "")
    if case.supply is None and reserved:
        text = _word("texts", "clause_or_reserve", device=_word("devices", reserved))
    return "clause", text, (*_sourcing(case), _volume(case))


def _criterion(case: Case) -> _Found | None:
    if not case.intellectual or case.small:
        return None
    return "critere", _word("texts", "critere"), (_word("reasons", "intellectual"), *_sourcing(case), _volume(case))


def _training(case: Case) -> _Found | None:
    if case.short:
        return "formation", _word("texts", "formation"), (_word("reasons", "short", minimum=_n(case.least_months)),)
    if case.small:
        return "formation", _word("texts", "formation"), (_word("reasons", "small", minimum=_n(case.least_hours)),)
    return None


def _advice(case: Case) -> _Found:
    return "conseil", _word("texts", "conseil"), (*_sourcing(case), _word("reasons", "few"), _volume(case))


def _sourcing(case: Case) -> tuple[str, ...]:
    """What is known of who could answer."""
    if case.supply is None:
        return (_word("reasons", case.unsourced),)
    told = _word("reasons", "count", count=str(case.supply.count))
    if case.supply.count > threshold("clause"):
        return (f"{told} ({_more('clause')})",)
    return (told, *((_word("reasons", "staffing"),) if case.staffed else ()))


def _volume(case: Case) -> str:
    hours = case.hours
    if hours.central is None:
        return _word("reasons", "no_hours")
    per = " par an" if hours.per == "year" else ""
    return _word("reasons", "hours", low=figure(hours.low or 0), high=figure(hours.high or 0), per=per)


def _warnings(case: Case, code: str) -> tuple[str, ...]:
    found = []
    reserve = any(one.startswith("reserve_") for one in case.devices) or case.guarded
    if case.guarded and case.weight is not None:
        values = {"percent": figure(float(case.weight)), "threshold": figure(threshold("dependance"))}
        found.append(_word("warnings", "dependency", **values))
    elif case.weight is None and case.supply is not None and reserve:
        found.append(_word("warnings", "no_dependency"))
    if case.months is None and code in ("clause", "critere"):
        found.append(_word("warnings", "no_months", minimum=_n(case.least_months)))
    if case.reserve and case.supply and case.reserve[1] > threshold("lot_reserve") and code != "conseil":
        if not case.divided and code != "marche_reserve":
            found.append(_word("warnings", "no_lots"))
        elif case.divided and case.weight is not None and case.reserve[1] > threshold("marche_reserve"):
            found.append(_word("warnings", "one_lot"))
    if not case.devices and not case.doubts:
        found.append(_word("warnings", "no_device"))
    told = (_word("warnings", name, device=_word("devices", device), text=text) for name, device, text in case.doubts)
    return (*found, *told)


def _more(code: str) -> str:
    return _word("reasons", "more", threshold=figure(threshold(code)))


def _n(value: Fraction) -> str:
    return figure(float(value))


def _word(block: str, name: str, /, **values: str) -> str:
    entry = lever_file()[block]
    if name not in entry:
        raise DataFileError(f"lever.yml : « {name} » manque sous {block}, ajoutez-le.")
    return agree(str(entry[name]).format(**values))
