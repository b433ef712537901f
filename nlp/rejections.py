"""What was considered and not believed? Matches that a confuser rejects, findings that a more precise one replaces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nlp.classify import everything
from nlp.match import Rejected
from nlp.passage import rejected
from nlp.rules import confusers
from scanner.finding import Classification, Finding
from scanner.notice import Notice

#: The French word of a code: section (``labels``, ``fields``, ``statuses``, ``kinds``, ``per``, ``of``), code.
Word = Callable[[str, str], str]

#: What is rejected is shown with its neighbours when it is short: how many characters before and after.
_BEFORE, _AFTER = 30, 60
#: How much of a quote that is replaced, or of a confuser's words, is shown.
_QUOTE, _WORDS = 200, 60
#: Labels so general that a finding of another label at the same place makes their rejection of no interest.
_GENERAL = frozenset({"clause_sociale_generique", "objectif_social"})


@dataclass(frozen=True, slots=True)
class Aside:
    """Words that were considered and rejected: where, as what, by which rule, and why not."""

    place: str
    words: str
    label: str
    why: str


def rejections(notice: Notice, classification: Classification, word: Word) -> list[Aside]:
    """What was considered and rejected in a notice, each once, in order of place."""
    return list(dict.fromkeys([*_rejected(notice, classification, word), *_covered(notice, classification, word)]))


def cut(text: str, start: int, length: int) -> str:
    """``text`` from ``start`` on, cut between two words after ``length`` characters."""
    flat = text[start:]
    return flat if len(flat) <= length else f"{flat[:length].rsplit(None, 1)[0]} […] "


def _rejected(notice: Notice, classification: Classification, word: Word) -> Iterator[Aside]:
    """What a rule would have read but for a confuser, where nothing else reads the same label."""
    shown = [one for lot in classification.lots for one in lot.findings]
    rules_of: dict[Aside, list[str]] = {}
    for index, offset, one in rejected(notice):
        passage = notice.passages[index]
        start, end = offset + one.start, offset + one.end
        here = [other for other in shown if _covers(other, index, start, end)]
        if any(other.label == one.label for other in here) or (here and not _told(one)):
            continue
        aside = Aside(word("fields", passage.field), _with_neighbours(passage.text, start, end),
                       word("labels", one.label), _why(one.why))  # fmt: skip
        rules_of.setdefault(aside, []).append(one.rule)
    for aside, names in rules_of.items():
        by = ", ".join(dict.fromkeys(names))
        yield Aside(aside.place, aside.words, f"« {aside.label} » selon {by}", aside.why)


def _covered(notice: Notice, classification: Classification, word: Word) -> Iterator[Aside]:
    """What was found and is not shown because a more precise finding says the same."""
    shown = {_place(one) for lot in classification.lots for one in lot.findings}
    for one in everything(notice):
        if _place(one) not in shown:
            words = " ".join(one.quote.split())
            label = f"« {word('labels', one.label)} » selon {one.rule}"
            yield Aside(word("fields", one.field), cut(words, 0, _QUOTE).strip(), label,
                         "écarté, un constat plus précis le remplace")  # fmt: skip


def _place(one: Finding) -> tuple[str, int | None, int | None, str, str]:
    return one.label, one.passage, one.start, one.field, one.reading


def _told(one: Rejected) -> bool:
    """Whether a rejection is of interest where another label is read: a named confuser, of a label that is precise."""
    return one.why in confusers() and one.label not in _GENERAL


def _covers(one: Finding, index: int, start: int, end: int) -> bool:
    return one.passage == index and (one.start or 0) < end and start < (one.end or 0)


def _with_neighbours(text: str, start: int, end: int) -> str:
    """The words of a match, with a few on either side when it is short."""
    low, high = max(0, min(start, end - _BEFORE)), min(len(text), max(end, start + _AFTER))
    before = text[low:start] if low == 0 else f"[…] {text[low:start].partition(' ')[2]}"
    after = text[end:high] if high == len(text) else f"{text[end:high].rpartition(' ')[0]} […]"
    return " ".join((before + text[start:end] + after).split())


def _why(confuser: str) -> str:
    """« écarté par profession (…) », or the words of a pattern that belongs to the rule alone."""
    known = confusers().get(confuser)
    if known:
        return f"écarté par {known.id} ({known.says})"
    return f"écarté par les mots « {cut(confuser.strip('« »'), 0, _WORDS).strip()} »"
