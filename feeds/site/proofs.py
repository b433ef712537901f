"""Where in the notice's own words does each proof stand? Text cut into pieces, the quotes marked and numbered.

A quote is marked only where the passage holds it, character for character; the text is never rewritten before that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from feeds.entry import Proof, clean, proof, shown, word
from feeds.site.words import cut, limit
from scanner.edition import ItemLot
from scanner.finding import Finding
from scanner.pages import Dossier, Paper

Span = tuple[int, int, int, int]
"""Paper, passage, start, end."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Clean text; ``proofs`` are the numbers of the proofs it is, none for the text around."""

    text: str
    proofs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Extract:
    """One passage as shown, under its heading."""

    heading: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """One notice as shown."""

    notice: str
    kind: str
    published: date
    extracts: tuple[Extract, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """A proof, and the number of its mark in the text; 0 when it stands in no text that is shown."""

    proof: Proof
    number: int


@dataclass(frozen=True, slots=True)
class Read:
    """The proofs of each lot, in the order of the lots, and the notices that hold them."""

    lots: tuple[tuple[Shown, ...], ...]
    papers: tuple[Words, ...]


def read(lots: Iterable[ItemLot], dossier: Dossier | None, notice: str) -> Read:
    """The proofs of ``lots`` and where they stand; ``notice`` tells the tender, its words are always shown."""
    papers = dossier.papers if dossier else ()
    numbers: dict[Span, int] = {}
    told = []
    for lot in lots:
        found: dict[Proof, Shown] = {}
        for finding in _told(lot):
            span = _place(finding, papers, notice)
            number = numbers.setdefault(span, len(numbers) + 1) if span else 0
            found.setdefault(proof(finding), Shown(proof(finding), number))
        told.append(tuple(found.values()))
    held = {span[0] for span in numbers} | {rank for rank, paper in enumerate(papers) if paper.notice == notice}
    return Read(tuple(told), tuple(_words(rank, papers[rank], numbers) for rank in sorted(held)))


def _told(lot: ItemLot) -> tuple[Finding, ...]:
    return (*shown(lot), *(finding for finding in lot.findings if finding.proposed))


def _place(finding: Finding, papers: tuple[Paper, ...], notice: str) -> Span | None:
    """Where a quote stands: in the notice that tells the tender, else in the latest one that holds it."""
    if finding.passage is None or finding.start is None or finding.end is None or finding.start >= finding.end:
        return None
    ranks = sorted(range(len(papers)), key=lambda rank: (papers[rank].notice != notice, -rank))
    for rank in ranks:
        passages = papers[rank].passages
        if 0 <= finding.passage < len(passages):
            text = passages[finding.passage].text
            if finding.start >= 0 and text[finding.start : finding.end] == finding.quote:
                return rank, finding.passage, finding.start, finding.end
    return None


def _words(rank: int, paper: Paper, numbers: dict[Span, int]) -> Words:
    extracts = []
    for position, passage in enumerate(paper.passages):
        spans = [
            (start, end, n) for (where, index, start, end), n in numbers.items() if (where, index) == (rank, position)
        ]
        about = f", lot {cut(clean(passage.lot), 40)}" if passage.lot else ""
        heading = word("fields", passage.field).capitalize() + about
        if passage.text.strip():
            extracts.append(Extract(heading, tuple(_pieces(passage.text, spans))))
    return Words(clean(paper.notice), word("kinds", paper.kind), paper.published, tuple(extracts))


def _pieces(text: str, spans: list[tuple[int, int, int]]) -> Iterator[Piece]:
    """The whole of a text, or its beginning and what surrounds the marks when it is long."""
    marks = _merged(spans)
    edges = [0, *(edge for start, end, _ in marks for edge in (start, end)), len(text)]
    gaps = list(zip(edges[::2], edges[1::2], strict=True))
    short = len(text) <= limit("passage")
    for rank, (start, end) in enumerate(gaps):
        yield Piece(_tidy(text[start:end] if short else _around(text[start:end], rank == 0, rank == len(gaps) - 1)))
        if rank < len(marks):
            yield Piece(_tidy(cut(text[slice(*marks[rank][:2])], limit("quote"))), marks[rank][2])


def _merged(spans: list[tuple[int, int, int]]) -> list[tuple[int, int, tuple[int, ...]]]:
    """Marks that never overlap: quotes that share characters are one mark with both numbers."""
    found: list[tuple[int, int, tuple[int, ...]]] = []
    for start, end, number in sorted(spans):
        if found and start < found[-1][1]:
            first, last, those = found.pop()
            found.append((first, max(last, end), (*those, number)))
        else:
            found.append((start, end, (number,)))
    return found


def _around(gap: str, first: bool, last: bool) -> str:
    """What is kept of a long text between two marks: the head of the text, and a little on each side."""
    before, after = limit("head") if first else limit("around"), 0 if last else limit("around")
    if len(gap) <= before + after:
        return gap
    return f"{gap[:before]} […] {gap[len(gap) - after :]}" if after else f"{gap[:before]} […]"


def _tidy(text: str) -> str:
    """Clean text whose lines and outer spaces are kept: pieces are put end to end."""
    return "\n".join(_line(line) for line in re.split(r"[\r\n]+", text))


def _line(line: str) -> str:
    if not line.strip():
        return " " * bool(line)
    return " " * line[:1].isspace() + clean(line) + " " * line[-1:].isspace()
