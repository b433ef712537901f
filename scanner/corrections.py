"""What does a lot say once its readers have spoken? Its status and findings, theirs added, the false ones struck.

Pure, by the rules of ``scanner.followup``; the whole of a notice speaks for each of its lots.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scanner.edition import ItemLot
from scanner.feedback import Verdict
from scanner.finding import Classification, Finding, LotReading, Status, status_of
from scanner.followup import Correction, corrected

Said = tuple[Status, tuple[Finding, ...]]


def said_of(reading: Classification, number: str | None, verdicts: Sequence[Verdict]) -> Said | None:
    """The status and the findings of a lot with those of the whole; None when nothing was read of either.

    ``verdicts`` are those of its tender, oldest first.
    """
    whole, own = reading.lot(None), reading.lot(number)
    read = own or whole
    if read is None:
        return None
    shared = whole if whole is not None and own is not whole else None
    if not verdicts:
        return read.status, (*read.findings, *(shared.findings if shared and own else ()))
    mine, changed = _corrected(read, number, verdicts)
    others, also = _corrected(shared, None, verdicts) if shared and own else ((), False)
    status = status_after(read.status, number, mine, others) if changed or also else read.status
    return status, (*mine, *others)


def status_after(status: Status, number: str | None, own: Iterable[Finding], whole: Iterable[Finding]) -> Status:
    """The status of a lot that was ``status``, from its ``own`` findings and those of the ``whole`` that reach it."""
    kept = [one for one in whole if f"SAUF_LOT_{number}" not in one.notes]
    return status_of([*own, *kept], read_in_full=status != "non_lu")


def remaining(findings: Iterable[Finding], told: Correction) -> tuple[Finding, ...]:
    """What is left of ``findings`` without those struck, with those that readers named."""
    return (*(one for one in findings if one not in told.struck), *told.found)


def _corrected(read: LotReading, number: str | None, verdicts: Sequence[Verdict]) -> tuple[tuple[Finding, ...], bool]:
    """The findings that remain with those that readers named, and whether that changes anything."""
    told = corrected(ItemLot(number, "", read.status, read.findings), verdicts)
    return remaining(read.findings, told), bool(told.struck or told.found)
