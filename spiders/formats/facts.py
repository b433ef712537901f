"""How is a hard fact read: a day, a period, the months of renewals? What the source does not say stays None."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from scanner.issues import Issue
from scanner.source import load

Tell = Callable[[str, str], None]
#: Written by forms where nothing is said: eForms' withheld date and its mandatory dummy (boamp.md, row « award »).
_NO_DAYS = frozenset({"1970-01-01", "2000-01-01"})
_YEARS = range(1990, 2151)  # the longest concession lasts a century; beyond, a typing error
#: What eForms writes in place of a value withheld from publication.
_WITHHELD = frozenset({"-1", "unpublished"})


def teller(source: str, key: str, issues: list[Issue]) -> Tell:
    """A function (code, French message) that adds an issue of this notice to ``issues``, each once."""

    def tell(code: str, message: str) -> None:
        issue = Issue(source, key, code, message)
        if issue not in issues:
            issues.append(issue)

    return tell


def said(text: str) -> str:
    """``text``, empty when it is only the mark of a withheld value."""
    return "" if text.strip() in _WITHHELD else text


def day(written: str, what: str, tell: Tell) -> date | None:
    """The calendar day of a date, whose offset is left aside (it is often wrong); None when absent, or told unreadable.

    ``what`` names the date in French, for the reader of the issue.
    """
    if not written or written[:10] in _NO_DAYS:
        return None
    try:
        read = date.fromisoformat(written[:10])
    except ValueError:
        tell("date_illisible", f"{what} « {written} » illisible, ignorée ; vérifiez l'avis.")
        return None
    if read.year not in _YEARS:
        tell("date_absurde", f"{what} « {written} » invraisemblable, ignorée ; vérifiez l'avis.")
        return None
    return read


def period(start: str, end: str, tell: Tell) -> tuple[date | None, date | None]:
    """First and last day of a contract; neither, told, when it would end before it starts."""
    first, last = day(start, "Date de début du marché", tell), day(end, "Date de fin du marché", tell)
    if first is not None and last is not None and last < first:
        tell(
            "periode_absurde",
            f"Le marché finirait ({last:%d/%m/%Y}) avant de commencer ({first:%d/%m/%Y}), dates ignorées ; "
            "vérifiez l'avis.",
        )
        return None, None
    return first, last


def iso(read: date | None) -> str:
    """A day as a Draft holds it, empty when unknown."""
    return read.isoformat() if read is not None else ""


def renewal_months(times: str, months: float | None, source: str, tell: Tell) -> float | None:
    """All renewals together in months: their coded number times the coded duration of the contract.

    0 when the number is 0. None when it is absent, when the duration is unknown, and when both together pass
    ``renewed_months_max`` of the source: the duration may then already include its renewals.
    """
    if not times:
        return None
    try:
        count = int(times)
    except ValueError:
        count = -1
    if count < 0:
        tell("reconductions_illisibles", f"Nombre de reconductions « {times} » illisible, ignoré ; vérifiez l'avis.")
        return None
    if count == 0:
        return 0.0
    if months is None or months * (count + 1) > load(source).renewed_months_max:
        return None
    return round(count * months, 1)


def lookup(table: str, value: str, source: str, tell: Tell) -> str:
    """The code of a form in the code list of eForms; empty when absent, and told when its table does not know it."""
    word = load(source).lookup(table, value) if value else ""
    if word is None:
        tell(
            f"{table}_inconnu",
            f"« {value} » n'est pas connu ; ajoutez-le sous lookups.{table} dans spiders/{source}.yml.",
        )
    return word or ""
