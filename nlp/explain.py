"""Why does a lot carry this status? The notice's text with the quotes marked, and each finding with its rule."""

from __future__ import annotations

from collections.abc import Iterator

from nlp.rules import rules
from scanner.finding import Classification, Finding, LotReading, note_text
from scanner.notice import Notice

_READINGS = {"affirmed": "affirmé", "conditional": "conditionnel", "denied": "nié"}
_CONTEXT = 120


def explain(notice: Notice, classification: Classification) -> str:
    """The reading of one notice, in French: per lot, each finding in context, with rule, article and cue."""
    lines = [f"{notice.id} — {notice.title}"]
    for lot in classification.lots:
        lines += _lot(notice, lot)
    return "\n".join(lines)


def _lot(notice: Notice, lot: LotReading) -> Iterator[str]:
    yield f"\n{f'Lot {lot.number}' if lot.number else 'Ensemble'} : {lot.status}"
    if not lot.findings:
        yield "  non détecté dans l'avis" if lot.status != "non_lu" else "  texte intégral non lu"
    for finding in lot.findings:
        yield from _finding(notice, finding)


def _finding(notice: Notice, finding: Finding) -> Iterator[str]:
    how = "proposé par le second lecteur, à vérifier" if finding.proposed else _READINGS[finding.reading]
    yield f"  {finding.label} ({how}), champ « {finding.field} »"
    yield f"    {_context(notice, finding)}"
    yield f"    règle {finding.rule}{_basis(finding.rule)}" + (f", indice « {finding.cue} »" if finding.cue else "")
    for hours in finding.hours:
        yield f"    heures : {hours.value:g} ({hours.per})"
    for share in finding.percent:
        yield f"    part : {share.value:g} % ({share.of})"
    for note in finding.notes:
        yield f"    note : {note_text(note)}"


def _basis(rule: str) -> str:
    basis = next((entry.basis for entry in rules() if entry.id == rule), "")
    return f" ({basis})" if basis else ""


def _context(notice: Notice, finding: Finding) -> str:
    """The quote between guillemets of its own, with the words around it; a coded fact is told as code = value."""
    if finding.passage is None or finding.start is None or finding.end is None:
        return f"{finding.field} = {finding.quote}"
    text = notice.passages[finding.passage].text
    before = text[max(0, finding.start - _CONTEXT) : finding.start]
    after = text[finding.end : finding.end + _CONTEXT]
    return " ".join(f"…{before}»»{finding.quote}««{after}…".split())
