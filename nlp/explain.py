"""Why does a lot carry this status? Its text with the quotes marked, the rules that found them, what was rejected."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import wrap

from nlp.rejections import Word, cut, rejections
from nlp.rules import rules
from scanner.finding import Classification, Finding, LotReading, note_text
from scanner.notice import Notice, lot_number

_READINGS = {"affirmed": "affirmé", "conditional": "facultatif ou conditionnel", "denied": "nié"}
#: How many characters are shown around a quote, and of a passage that holds none.
_AROUND, _BEGINNING = 160, 200
_WIDTH = 100
_BRACKET = re.compile(r"\[[0-9,]+ « | »\]")


def explain(notice: Notice, classification: Classification, word: Word) -> str:
    """The reading of one notice, in French: per lot, findings and marked text; then what was rejected and why."""
    day = f", paru le {notice.published:%d/%m/%Y}" if notice.published.year > 1 else ""
    lines = [f"{notice.id} — {notice.title}".rstrip(" —"), f"{word('kinds', notice.kind)}{day}"]
    number = _numbered(classification)
    for lots in _alike(notice, classification):
        lines += ["", *_lot(notice, classification, lots, number, word)]
    asides = rejections(notice, classification, word)
    if asides:
        lines += ["", _title("Considéré et écarté")]
        for aside in asides:
            lines += _bullet(f"« {aside.words} » ({aside.place})", f"{aside.label} : {aside.why}")
    return "\n".join(lines)


def _numbered(classification: Classification) -> Mapping[Finding, int]:
    """Each finding of the notice by its number; one that is said of several lots has one number."""
    found = dict.fromkeys(one for lot in classification.lots for one in lot.findings)
    return {one: number for number, one in enumerate(found, 1)}


def _title(text: str) -> str:
    return f"── {text} ".ljust(_WIDTH, "─")


def _alike(notice: Notice, classification: Classification) -> list[list[LotReading]]:
    """The lots one by one, but those that have no text of their own and are read the same together."""
    with_text = {lot_number(passage.lot) for passage in notice.passages if passage.lot}
    groups: dict[object, list[LotReading]] = {}
    for lot in classification.lots:
        apart = lot.number is None or lot.number in with_text
        groups.setdefault(lot.number if apart else (lot.status, lot.findings), []).append(lot)
    return list(groups.values())


def _lot(
    notice: Notice,
    classification: Classification,
    lots: Sequence[LotReading],
    number: Mapping[Finding, int],
    word: Word,
) -> Iterator[str]:
    lot = lots[0]
    alone = len(classification.lots) == 1
    name = "Avis" if alone else "Ensemble de l'avis"
    if lot.number:
        name = f"Lot{'s' if len(lots) > 1 else ''} {', '.join(one.number or '' for one in lots)}"
    yield from wrap(f"── {name} : {word('statuses', lot.status)} ".ljust(_WIDTH, "─"), _WIDTH)
    for finding in lot.findings:
        yield from _finding(finding, number[finding], word)
    if lot.number and not lot.findings and lot.status not in ("rien", "non_lu"):
        yield "  Rien qui soit propre à ce lot : voir l'ensemble de l'avis."
    yield from _text(notice, lot, number, word)


def _finding(one: Finding, number: int, word: Word) -> Iterator[str]:
    proposed = ", proposé par le second lecteur : à vérifier" if one.proposed else ""
    yield f"  [{number}] {word('labels', one.label)} — {_READINGS[one.reading]}{proposed}"
    told = {
        "rubrique": word("fields", one.field) + (f" : {one.quote}" if one.passage is None else ""),
        "règle": one.rule + _basis(one.rule),
        "indice": f"« {one.cue} »" if one.cue else "",
        "heures": ", ".join(f"{_figure(stated.value)} {word('per', stated.per)}" for stated in one.hours),
        "part": ", ".join(f"{_figure(stated.value)} % {word('of', stated.of)}" for stated in one.percent),
        "facilitateur": one.facilitator,
        "à noter": " ; ".join(note_text(note) for note in one.notes),
    }
    for name, value in told.items():
        if value:
            yield from wrap(f"{name:12} : {value}", _WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 21)


def _basis(rule: str) -> str:
    basis = next((entry.basis for entry in rules() if entry.id == rule), "")
    return f" ({basis})" if basis else ""


def _text(notice: Notice, lot: LotReading, number: Mapping[Finding, int], word: Word) -> Iterator[str]:
    """The passages of the lot, and those of the whole notice that hold its quotes; the quotes between brackets."""
    told = False
    for index, passage in enumerate(notice.passages):
        own = (lot_number(passage.lot) if passage.lot else None) == lot.number
        marks = _marks([one for one in lot.findings if one.passage == index], number)
        if not passage.text.strip() or not (own or marks):
            continue
        if not told:
            yield "  Texte"
            told = True
        yield from wrap(
            f"{word('fields', passage.field)} | {_marked(passage.text, marks)}", _WIDTH,
            initial_indent="    ", subsequent_indent="      ", break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip


def _marks(findings: Iterable[Finding], number: Mapping[Finding, int]) -> list[tuple[int, int, str]]:
    """The spans to mark with the numbers of their findings; spans that overlap are one."""
    marks: list[tuple[int, int, str]] = []
    for one in sorted(findings, key=lambda one: (one.start or 0, one.end or 0)):
        start, end, name = one.start or 0, one.end or 0, str(number[one])
        if marks and start < marks[-1][1]:
            start, end, name = marks[-1][0], max(end, marks[-1][1]), f"{marks[-1][2]},{name}"
            marks.pop()
        marks.append((start, end, name))
    return marks


def _marked(text: str, marks: Sequence[tuple[int, int, str]]) -> str:
    """``text`` on one line, « [1 « quote »] », cut where it is long and holds no quote."""
    if not marks:
        return cut(text, 0, _BEGINNING)
    told, position = "", 0
    for start, end, name in marks:
        told += _between(text[position:start], first=position == 0) + f" [{name} « {text[start:end]} »] "
        position = end
    flat = " ".join((told + cut(text[position:], 0, _AROUND)).split())
    return _BRACKET.sub(lambda found: found[0].replace(" ", "\xa0"), flat)  # never cut at the end of a line


def _between(text: str, *, first: bool) -> str:
    """What stands before a quote: its last words, and the first ones too after another quote."""
    if len(text) <= (1 if first else 2) * _AROUND:
        return text
    return ("" if first else cut(text, 0, _AROUND)) + _tail(text)


def _tail(text: str) -> str:
    return f"[…] {text[-_AROUND:].split(None, 1)[-1]}"


def _bullet(first: str, second: str) -> Iterator[str]:
    for text, indent in ((first, "  - "), (second, "    ")):
        bound = text.replace("« ", "«\xa0").replace(" »", "\xa0»")
        yield from wrap(bound, _WIDTH, initial_indent=indent, subsequent_indent="    ", break_on_hyphens=False)


def _figure(value: float) -> str:
    return f"{value:g}".replace(".", ",") if value < 1000 else f"{value:,.10g}".replace(",", " ").replace(".", ",")
