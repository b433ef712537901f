"""How well is the text read? Labelled notices and labelled passages against the classifier."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from nlp.classify import classify
from nlp.labelled import Amount, Labelled, Proof, passage_notice, read_labelled
from nlp.scores import DEVICE, RESERVATION, Evaluation, Mistake, Share
from scanner.finding import Classification, Finding
from scanner.notice import Notice

__all__ = ["DEVICE", "RESERVATION", "Evaluation", "evaluate", "evaluate_notices", "evaluate_passages", "passage_notice"]

#: A finding and the lot it is said of.
Placed = tuple[str | None, Finding]


def evaluate(path: Path) -> tuple[Evaluation, Evaluation]:
    """The figures of a file: its sure units, and apart those marked ``"sure": false``."""
    unit = "passages" if path.suffix == ".tsv" else "avis"
    sure, unsure = Evaluation(path.name, unit), Evaluation(path.name, unit)
    for name, one in read_labelled(path, sure.unread.append):
        _score(name, one, sure if one.sure else unsure)
    return sure, unsure


def evaluate_passages(path: Path) -> Evaluation:
    """Passages of a TSV ``text label kind source``: affirmed and conditional labels against the expected ones."""
    return evaluate(path)[0]


def evaluate_notices(path: Path, *, unsure: bool = False) -> Evaluation:
    """Labelled notices (JSON lines, gzip allowed); those marked ``"sure": false`` only with ``unsure``."""
    return evaluate(path)[unsure]


def labels_of(notice: Notice) -> frozenset[str]:
    """Labels affirmed or conditional anywhere in the notice, as shown (hidden ones left out)."""
    return frozenset(one.label for _, one in _placed(classify(notice)) if one.reading != "denied")


def _placed(read: Classification) -> list[Placed]:
    return [(lot.number, one) for lot in read.lots for one in lot.findings if not one.proposed]


def _score(name: str, one: Labelled, result: Evaluation) -> None:
    read = classify(one.notice)
    placed = _placed(read)
    positive = [(lot, finding) for lot, finding in placed if finding.reading != "denied"]
    result.count(one.labels, frozenset(finding.label for _, finding in positive))
    result.mistakes += _missed(name, one, positive)
    result.mistakes += _extra(name, one, positive)
    if one.by_lot:
        result.mistakes += _lots(name, one, read, positive, result.lots)
    result.mistakes += _amounts(name, one.hours, "heures", positive, lambda f: [q.value for q in f.hours], result.hours)
    result.mistakes += _amounts(
        name, one.percent, "part", positive, lambda f: [q.value for q in f.percent], result.percent
    )
    result.mistakes += _denials(name, one, placed, result)
    result.mistakes += _quotes(name, one.notice, placed, result.quotes)


def _missed(name: str, one: Labelled, positive: Iterable[Placed]) -> Iterator[Mistake]:
    for label in sorted(one.labels - {finding.label for _, finding in positive}):
        quote = next((proof.quote for proof in one.quotes if proof.label in ("", label)), "")
        yield Mistake(name, "manque", label, "non lu", quote)


def _extra(name: str, one: Labelled, positive: Iterable[Placed]) -> Iterator[Mistake]:
    first = {finding.label: finding for _, finding in reversed(list(positive))}
    for label in sorted(first.keys() - one.labels):
        yield Mistake(name, "en_trop", label, "lu à tort", first[label].quote, first[label].rule)


def _lots(
    name: str, one: Labelled, read: Classification, positive: Collection[Placed], share: Share
) -> Iterator[Mistake]:
    """A label that both sides name is about the same lots, once ``*`` is expanded to every known lot."""
    known = {lot.number for lot in read.lots if lot.number} | {lot for lot in one.gold if lot}
    for label in sorted(one.labels & {finding.label for _, finding in positive}):
        said = [(lot, finding) for lot, finding in positive if finding.label == label]
        want = _spread({lot for lot, labels in one.gold.items() if label in labels}, known - one.excepted)
        left_out = {lot for lot in known for at, finding in said if at is None and f"SAUF_LOT_{lot}" in finding.notes}
        have = _spread({lot for lot, _ in said}, known - left_out)
        share.add(want == have)
        if want != have:
            told = f"lots attendus {_numbers(want)}, lus {_numbers(have)}"
            yield Mistake(name, "lots", label, told, said[0][1].quote, said[0][1].rule)


def _spread(numbers: set[str | None], known: set[str]) -> set[str | None]:
    if None not in numbers:
        return numbers
    return (numbers - {None}) | known or {None}


def _numbers(lots: Iterable[str | None]) -> str:
    return ", ".join(sorted((lot or "ensemble" for lot in lots), key=lambda lot: (len(lot), lot)))


def _amounts(
    name: str, wanted: Iterable[Amount], what: str, positive: Collection[Placed],
    values: Callable[[Finding], list[float]], share: Share,
) -> Iterator[Mistake]:  # fmt: skip
    """A gold amount is right when a stated value, or the sum of the stated values, equals it."""
    for gold in wanted:
        about = [finding for lot, finding in positive if lot in (None, gold.lot) and values(finding)]
        if gold.lot is None and not about:
            about = [finding for _, finding in positive if values(finding)]
        stated = [value for finding in dict.fromkeys(about) for value in values(finding)]
        good = gold.value in stated or gold.value in (sum(dict.fromkeys(stated)), sum(stated))
        share.add(good)
        if not good:
            told = (
                f"{gold.value:g} attendu ({_numbers([gold.lot])}), lu {', '.join(f'{v:g}' for v in stated) or 'rien'}"
            )
            first = about[0] if about else None
            yield Mistake(name, what, first.label if first else "", told, first.quote if first else "",
                          first.rule if first else "")  # fmt: skip


def _denials(name: str, one: Labelled, placed: Collection[Placed], result: Evaluation) -> Iterator[Mistake]:
    """A gold denial is right when its words are read as denied and never as affirmed, for the lots it is about."""
    for proof in one.denied:
        about = [(lot, f) for lot, f in placed if proof.label in ("", f.label) and _overlaps(f, proof, one.notice)]
        about = [(lot, f) for lot, f in about if not proof.lots or lot is None or lot in proof.lots]
        denied = [f for lot, f in about if f.reading == "denied" or _all_excepted(lot, f, proof)]
        affirmed = [f for _, f in about if f not in denied]
        result.denied.add(bool(denied) and not affirmed)
        result.denied_affirmed += bool(affirmed)
        if affirmed:
            yield Mistake(name, "negation", affirmed[0].label, "nié, lu affirmé", proof.quote, affirmed[0].rule)
        elif not denied:
            yield Mistake(name, "negation", proof.label, "négation non lue", proof.quote)


def _all_excepted(lot: str | None, finding: Finding, proof: Proof) -> bool:
    """« … sauf le lot 4 » denies lot 4; a gold denial without lots is any of the lots excepted."""
    excepted = {note.removeprefix("SAUF_LOT_") for note in finding.notes if note.startswith("SAUF_LOT_")}
    return lot is None and bool(excepted) and (proof.lots <= excepted if proof.lots else not proof.label)


def _overlaps(finding: Finding, proof: Proof, notice: Notice) -> bool:
    if finding.passage is None or finding.start is None or finding.end is None:
        return finding.field in proof.quote and finding.quote in proof.quote
    at = notice.passages[finding.passage].text.find(proof.quote)
    return at >= 0 and finding.start < at + len(proof.quote) and at < finding.end


def _quotes(name: str, notice: Notice, placed: Iterable[Placed], share: Share) -> Iterator[Mistake]:
    """Every quote stands where the finding says: at its offsets of its passage, or as the value of its code."""
    for finding in dict.fromkeys(finding for _, finding in placed):
        good = _verbatim(finding, notice)
        share.add(good)
        if not good:
            yield Mistake(
                name, "citation", finding.label, "citation introuvable à sa place", finding.quote, finding.rule
            )


def _verbatim(finding: Finding, notice: Notice) -> bool:
    if finding.passage is None:
        return any((fact.field, fact.value) == (finding.field, finding.quote) for fact in notice.coded)
    return notice.passages[finding.passage].text[finding.start : finding.end] == finding.quote != ""
