"""What do the words of a notice say? Its passages, read sentence by sentence, each completed by those that follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

import re2

from nlp.attach import QUANTIFIED, Said, amounts, attach, hours_per_lot, lots_of
from nlp.lots import mentions
from nlp.match import Rejected, read_sentence
from nlp.rules import anchors, cues
from nlp.text import fold, sentence_around, sentences, trimmed
from scanner.finding import CLAUSES, Finding
from scanner.notice import Notice

_OLD = re2.compile(
    r"au lieu de ?:|apres la mention|(?:texte|mention) (?:initiale?|supprimee?)|supprimer ?:|remplacer [^.;:]{0,20}\""
)
_NEW = re2.compile(
    r"\blire ?:|ajouter ?:|remplacer par|remplacee? par|il (?:convient|faut) (?:de )?lire|nouveau texte"
    r"|nouvelle mention ?:|(?:texte|mention) (?:rectifiee?|corrigee?|modifiee?|nouveau|nouvelle|finale) ?:|\" par \"?"
)
_ANAPHORA = re2.compile(r"^(?:cette|ces|elles?|ce(?:lle|tte)-ci|le detail|ce dispositif|le respect) ?")
_SAME = re2.compile(r"^(?:cette (?:clause|action)|ces (?:clauses|actions|dernieres)|cette derniere)\b")
_FOLLOWS = re2.compile(
    r"^(?:dans ce cadre|a ce titre|a cet effet|pour ce|cette|ces |ce nombre|le nombre|le detail|la duree)"
)
_WORK = re2.compile(r"heures|[0-9] ?h\b|insertion")
_NOT_THESE = re2.compile(
    r"^(?:seuls? )?les? lots?[^.;]{0,80}\b"
    r"(?:n(?:e |')(?:sont|est) pas (?:concern|soumis|vis)|en (?:est|sont) (?:dispens|exempt|exoner))"
)
#: A list of lots that the cutting of sentences has spread over several lines: what announces it, and one of its lines.
_ANNOUNCES = re2.compile(r"\blots? [^.;]{0,30}: ?-? ?lot ")
_ITEM = re2.compile(r"^-? ?lot ")
#: How many sentences after one that holds an anchor may still speak of its clause.
_FOLLOWING = 6
#: How much the old and the new text of a rectification have in common at least, in characters.
_COMMON = 12
#: A shorter passage of a rectification is a heading, not a text.
_HEADING = 25
_SPECIFIC = CLAUSES | {"clause_insertion_facultative"}


def read_passages(notice: Notice) -> list[Said]:
    """What each passage says, in order; the text that a rectification replaces says nothing."""
    folded = [fold(passage.text) for passage in notice.passages]
    replaced = _replaced(notice, folded)
    found: list[Said] = []
    for index, text in enumerate(folded):
        if index not in replaced and anchors().next(text, 0) >= 0:
            found += _without_introductions(_look_back(_read(notice, index, text), text, notice.passages[index].text))
    return found


def rejected(notice: Notice) -> Iterator[tuple[int, int, Rejected]]:
    """What was considered and rejected: index of the passage, where its sentence begins, and the rejection."""
    for index, passage in enumerate(notice.passages):
        folded = fold(passage.text)
        for start, end in sentences(passage.text):
            for one in read_sentence(folded[start:end], passage.field).rejected:
                yield index, start, one


def silent_sentences(notice: Notice) -> Iterator[tuple[int, int, int]]:
    """Passage, start and end of the sentences that hold an anchor and where the rules see and reject nothing."""
    folded = [fold(passage.text) for passage in notice.passages]
    for index in sorted(set(range(len(folded))) - _replaced(notice, folded)):
        passage, text, end = notice.passages[index], folded[index], 0
        old = old_text(text)
        while (at := anchors().next(text, end)) >= 0:
            begin, end = sentence_around(passage.text, at, end)
            start, stop = trimmed(text, begin, end)
            said = read_sentence(text[start:stop], passage.field)
            if not said.statements and not said.rejected and not any(low < stop and start < high for low, high in old):
                yield index, start, stop


def old_text(folded: str) -> list[tuple[int, int]]:
    """The spans of a rectification that quote the replaced text (« au lieu de … lire … », « après la mention … »)."""
    spans = []
    for opening in _OLD.finditer(folded):
        closing = _NEW.search(folded, opening.end())
        if closing:
            spans.append((opening.start(), closing.end()))
    return spans


def _replaced(notice: Notice, folded: Sequence[str]) -> frozenset[int]:
    """The passages of a rectification that the next one replaces: two in a row, no more, that begin alike."""
    changes = [part.field == "change" for part in notice.passages]

    def alike(index: int) -> bool:
        if index < 0 or index + 1 >= len(folded) or not (changes[index] and changes[index + 1]):
            return False
        old, new = (text.lstrip(" -*") for text in folded[index : index + 2])
        common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False)))
        return common >= _COMMON and min(len(old), len(new)) >= _HEADING

    return frozenset(at for at in range(len(folded)) if alike(at) and not alike(at - 1) and not alike(at + 1))


def _read(notice: Notice, index: int, folded: str) -> list[Said]:
    """The sentences of a passage that hold an anchor, and the few that follow a clause and complete it."""
    passage = notice.passages[index]
    for low, high in old_text(folded):
        folded = folded[:low] + " " * (high - low) + folded[high:]
    plain = folded.encode() if folded.isascii() else folded
    found: list[Said] = []
    recent: list[Said] = []
    end, patience, listing = 0, 0, False
    while end < len(folded) and (at := end if patience else anchors().next(plain, end)) >= 0:
        start, end = sentence_around(passage.text, at, end)
        start, stop = trimmed(folded, start, end)
        sentence = folded[start:stop]
        made = read_sentence(sentence, passage.field).statements
        alone = sum(one.label in QUANTIFIED for one in made) == 1
        told = [placed for one in made for placed in attach(one, sentence, notice, index, start, alone=alone)]
        if any(one.finding.label in QUANTIFIED for one in told):
            found, recent, patience = found + recent, _inherit(told, recent, sentence), _FOLLOWING
            listing = bool(_ANNOUNCES.search(sentence))
            continue
        found += told
        patience = max(0, patience - 1)
        listing = listing and bool(_ITEM.search(sentence))
        if recent and listing:
            recent, patience = _with_item(recent, sentence), _FOLLOWING
        elif recent and patience:
            dispensed = _dispensed(recent, recent := _carry(recent, sentence), sentence)
            quote = passage.text[start:stop]
            found += [Said(replace(one.finding, start=start, end=stop, quote=quote), one.lots) for one in dispensed]
    return found + recent


def _look_back(said: list[Said], folded: str, text: str) -> list[Said]:
    """Clauses of one passage that state no volume, completed by hours written lot by lot before them."""
    clauses = [one for one in said if one.finding.label in QUANTIFIED and one.finding.reading != "denied"]
    if not clauses or any(one.finding.hours or one.finding.lot for one in clauses) or "emploi" not in folded:
        return said
    for start, end in sentences(text):
        per_lot = hours_per_lot(folded[start:end]) if "emploi" in folded[start:end] else {}
        if per_lot:
            rest = [one for one in said if one is not clauses[0]]
            return [*rest, *(Said(replace(clauses[0].finding, hours=h), (n,)) for n, h in per_lot.items())]
    return said


def _without_introductions(said: list[Said]) -> list[Said]:
    """A social condition in general that a clause of the same passage makes specific says nothing more."""
    specific = [one for one in said if one.finding.label in _SPECIFIC and one.finding.reading != "denied"]
    covered = {number for one in specific for number in one.lots or ()}

    def stays(one: Said) -> bool:
        if one.finding.label != "clause_sociale_generique" or one.finding.reading == "denied" or not specific:
            return True
        return one.lots is not None and not one.excepted and not set(one.lots) <= covered

    return [one for one in said if stays(one)]


def _inherit(said: list[Said], recent: list[Said], sentence: str) -> list[Said]:
    """« Le lot 1 … Dans ce cadre, … heures d'insertion »: what follows on is about the same lots."""
    before = next((one for one in recent if one.lots and not one.excepted and one.finding.reading != "denied"), None)
    if before is None or not _FOLLOWS.search(sentence) or any(one.lots for one in said):
        return said
    return [replace(one, lots=before.lots) for one in said]


def _with_item(recent: list[Said], sentence: str) -> list[Said]:
    """``recent`` with the lot of one more line of the list that announced them; hours of its own make it apart."""
    numbers = tuple(number for mention in mentions(sentence)[:1] for number in mention.numbers)
    first = recent[0]
    if not numbers or first.lots is None or first.excepted:
        return recent
    hours, _ = amounts(sentence)
    if hours or first.finding.hours:
        return [*recent, Said(replace(first.finding, hours=hours), numbers)]
    return [replace(one, lots=(*(one.lots or ()), *numbers)) if one is first else one for one in recent]


def _dispensed(before: list[Said], after: list[Said], sentence: str) -> list[Said]:
    """« Le lot 4 en est dispensé. », « … sauf le lot 9 »: what the sentence before demands is denied for these lots."""
    lots: tuple[str, ...] = ()
    if _NOT_THESE.search(sentence):
        lots = tuple(number for mention in mentions(sentence) for number in mention.numbers)
    elif not any(one.excepted for one in before):
        lots = next((one.lots or () for one in after if one.excepted), ())
    denied = replace(before[0].finding, reading="denied", cue="sauf", hours=(), percent=())
    return [Said(denied, lots)] if lots else []


def _carry(recent: list[Said], sentence: str) -> list[Said]:
    """``recent`` clauses completed by the sentence that follows: its lots, its hours, the choice it leaves."""
    if _NOT_THESE.search(sentence) and all(one.lots is None for one in recent):
        numbers = tuple(number for mention in mentions(sentence) for number in mention.numbers)
        return [replace(one, lots=numbers, excepted=True) for one in recent] if numbers else recent
    follows = _ANAPHORA.search(sentence) is not None
    if _SAME.search(sentence) and cues().facultative.search(sentence):
        return [replace(one, finding=_free(one.finding)) for one in recent]
    if not follows and not _WORK.search(sentence):
        return recent
    own = next((one for one in recent if one.finding.label in QUANTIFIED), None)
    if own is None or own.finding.reading == "denied" or own.finding.lot is not None:
        return recent
    return [*(one for one in recent if one is not own), *_completed(own, recent, sentence, follows)]


def _completed(own: Said, recent: list[Said], sentence: str, follows: bool) -> list[Said]:
    per_lot = hours_per_lot(sentence)
    if per_lot and own.finding.hours and own.lots:
        fresh = {n: h for n, h in per_lot.items() if not any(n in (one.lots or ()) for one in recent)}
        return [own, *(Said(replace(own.finding, hours=h), (n,)) for n, h in fresh.items())]
    if per_lot and not own.finding.hours:
        kept = [own] if own.lots and not set(own.lots) <= set(per_lot) else []
        return [*kept, *(Said(replace(own.finding, hours=h), (n,)) for n, h in per_lot.items())]
    named = lots_of(mentions(sentence), mentions(sentence))
    if named and own.lots is None and follows:
        own = replace(own, lots=named.numbers, excepted=named.excepted)
    hours, percent = amounts(sentence)
    finding = own.finding
    if hours and not finding.hours:
        finding = replace(finding, hours=hours)
    share = tuple(one for one in percent if one.of in {"hours", "labour", "amount"})
    if share and not finding.percent:
        finding = replace(finding, percent=share)
    return [replace(own, finding=finding)]


def _free(finding: Finding) -> Finding:
    bound = "obligatoire" in finding.quote.lower()
    if finding.label != "clause_insertion" or finding.reading == "denied" or bound:
        return finding
    return replace(finding, label="clause_insertion_facultative", reading="conditional")
