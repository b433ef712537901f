"""In which words is it told what a lot buys? Its own title and description, then those of the notice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanner.notice import Lot, Notice


def lot_subject(notice: Notice, lot: Lot | None) -> tuple[str, ...]:
    """The titles and descriptions that speak of ``lot``, verbatim, its own before the notice's, each once."""
    return _each_once((*(_of_lot(notice, lot) if lot else ()), *_of_notice(notice)))


def own_subject(notice: Notice, lot: Lot | None) -> tuple[str, ...]:
    """The lot's own titles and descriptions, nothing else when it is one of several; else those of the notice."""
    own = _each_once(_of_lot(notice, lot)) if lot else ()
    return own if own or len(notice.lots) > 1 else lot_subject(notice, None)


def _of_lot(notice: Notice, lot: Lot) -> Iterator[str]:
    yield lot.title
    yield from _passages(notice, "lot_title", lot.number)
    yield lot.description
    yield from _passages(notice, "lot_description", lot.number)


def _of_notice(notice: Notice) -> Iterator[str]:
    """An undivided notice may tell its subject in the fields of a lot that bears no number."""
    yield notice.title
    for field in ("title", "lot_title"):
        yield from _passages(notice, field, None)
    yield notice.description
    for field in ("description", "lot_description"):
        yield from _passages(notice, field, None)


def _passages(notice: Notice, field: str, lot: str | None) -> Iterator[str]:
    return (one.text for one in notice.passages if one.field == field and one.lot == lot)


def _each_once(said: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for one in said if (text := one.strip())))
