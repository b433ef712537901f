"""Which notices look related? Links that are proposed with their evidence, never merges: a pure judgement of pairs.

A pair is judged on the two notices alone, so that the order in which they arrive changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from rapidfuzz import fuzz

from scanner.link.keys import said, ties
from scanner.link.words import folded, tokens, words
from scanner.notice import Link, Notice, Trace

_OPENING = ("call", "planning", "intent")
_FOLLOWING = ("award", "rectification", "cancellation", "modification")


def trace(notice: Notice) -> Trace:
    """What of a notice is compared with the others."""
    buyer = notice.buyer
    return Trace(
        notice=notice.id,
        kind=notice.kind,
        published=notice.published,
        deadline=notice.deadline,
        siret=(buyer.siret or "") if buyer else "",
        name=_name(buyer.name) if buyer else "",
        title=" ".join(tokens(notice.title)),
        lots=tuple(sorted(lot.number for lot in notice.lots)),
        departements=notice.departements,
        folder=notice.folder_id,
        said=said(notice.title),
        tied=ties(notice).cites,
    )


@lru_cache(maxsize=4096)
def blocks(one: Trace) -> tuple[str, ...]:
    """The keys under which a trace is looked for: its buyer and one of the long words of its title."""
    plain = words().plain
    long = sorted(
        {word for word in one.title.split() if len(word) > 3 and word not in plain}, key=lambda w: (-len(w), w)
    )
    buyers = [f"siret:{one.siret[:9]}"] * bool(one.siret) + [f"nom:{one.name}"] * bool(one.name)
    return tuple(f"{buyer}|{word}" for buyer in buyers for word in (long[:3] or [""]))


def propose(fresh: Sequence[Trace], known: Iterable[Trace]) -> list[Link]:
    """The links between the ``fresh`` traces and all of them, sorted; ``known`` holds those that share a block."""
    groups: dict[str, list[Trace]] = {}
    traces = {one.notice: one for one in known} | {one.notice: one for one in fresh}
    for one in traces.values():
        for block in blocks(one):
            groups.setdefault(block, []).append(one)
    found: dict[tuple[str, str], Link] = {}
    seen = set[tuple[str, str]]()
    for one in fresh:
        for other in (other for block in blocks(one) for other in groups[block]):
            pair = (min(one.notice, other.notice), max(one.notice, other.notice))
            if pair in seen:
                continue
            seen.add(pair)
            if link := between(one, other):
                found[pair] = link
    return sorted(found.values(), key=lambda link: (link.notice, link.other))


def relations(notice: Notice) -> Iterator[Link]:
    """The procedures that a notice itself says it follows."""
    for key, why in ties(notice).after:
        yield Link(notice.id, key, "successor", (f"l'avis le cite : « {why} »",), proposed=False)


def between(one: Trace, other: Trace) -> Link | None:
    """The link that likeness proposes between two notices, None when there is no reason to look."""
    if one.notice == other.notice or (one.folder and one.folder == other.folder):
        return None
    before, after = sorted((one, other), key=lambda t: (t.published, t.notice))
    buyer = _buyer(before, after)
    if not buyer:
        return None
    gap = (after.published - before.published).days
    for judge in (_relaunch, _twin, _follow_up, _renewal):
        if link := judge(before, after, gap, buyer):
            return link
    return None


def _relaunch(before: Trace, after: Trace, gap: int, buyer: str) -> Link | None:
    if (
        after.said != "relance"
        or before.said == "relance"
        or after.kind not in _OPENING
        or before.kind == "rectification"
    ):
        return None
    if gap > words().days["relaunch"] or not _long(before.title) or _wrong_lots(before, after):
        return None
    score = round(fuzz.token_set_ratio(_bare(before.title), _bare(after.title)))
    if score < words().thresholds["relaunch_title"].value:
        return None
    return _link(
        after, before, "successor", score, "l'intitulé annonce une relance", buyer, f"intitulés proches à {score} %"
    )


def _twin(before: Trace, after: Trace, gap: int, buyer: str) -> Link | None:
    """Two calls: the same deadline and the same lots besides the buyer and the title."""
    if (
        before.kind not in _OPENING
        or after.kind not in _OPENING
        or gap > words().days["twin"]
        or (before.folder and after.folder)
    ):
        return None
    if before.deadline is None or before.deadline != after.deadline or before.lots != after.lots:
        return None
    score = _alike(before, after)
    if score < words().thresholds["same_title"].value:
        return None
    lots = "mêmes lots" if before.lots else "aucun lot énoncé de part et d'autre"
    return _link(after, before, "same", score, buyer, f"intitulés proches à {score} %", "même date limite", lots)


def _follow_up(before: Trace, after: Trace, gap: int, buyer: str) -> Link | None:
    """An award or a correction that names no earlier notice, after a call of the same title."""
    if after.kind not in _FOLLOWING or after.tied or before.kind not in _OPENING or gap > words().days["follow_up"]:
        return None
    if (before.folder and after.folder) or (before.lots and after.lots and not set(after.lots) <= set(before.lots)):
        return None
    score = _alike(before, after)
    if score < words().thresholds["follow_up_title"].value:
        return None
    return _link(after, before, "same", score, buyer, f"intitulés proches à {score} %", "aucun avis antérieur cité")


def _renewal(before: Trace, after: Trace, gap: int, buyer: str) -> Link | None:
    days = words().days
    if before.kind != "call" or after.kind != "call" or not days["renewal_min"] <= gap <= days["renewal_max"]:
        return None
    score = round(fuzz.token_sort_ratio(_undated(before.title), _undated(after.title)))
    if score < words().thresholds["renewal_title"].value or not _same_words(
        _undated(before.title), _undated(after.title)
    ):
        return None
    why = "l'intitulé annonce un renouvellement" if after.said == "renouvellement" else f"{gap} jours plus tard"
    return _link(after, before, "successor", score, buyer, f"intitulés proches à {score} %", why)


def _link(after: Trace, before: Trace, nature: str, score: int, *evidence: str) -> Link:
    return Link(after.notice, before.notice, "same" if nature == "same" else "successor", evidence, score)


def _buyer(before: Trace, after: Trace) -> str:
    """Why it is the same buyer, empty when it is not: two SIREN that differ are two buyers, whatever their names."""
    if before.siret and after.siret:
        if before.siret == after.siret:
            return "même SIRET"
        return "même SIREN" if before.siret[:9] == after.siret[:9] else ""
    here = not before.departements or not after.departements or set(before.departements) & set(after.departements)
    return "même nom d'acheteur" if before.name and before.name == after.name and here else ""


def _alike(before: Trace, after: Trace) -> int:
    """How close two titles are, 0 when a number or a long word tells them apart, or when only one is a relaunch."""
    if before.said != after.said or not _long(before.title) or not _same_words(before.title, after.title):
        return 0
    return round(fuzz.token_sort_ratio(before.title, after.title))


def _same_words(one: str, other: str) -> bool:
    """Whether no number and no pair of unlike long words tells two titles apart (« Jaurès », « Prévert »)."""
    left, right = set(one.split()), set(other.split())
    if {word for word in left if word[0].isdigit()} != {word for word in right if word[0].isdigit()}:
        return False
    only_left, only_right = _telling(left - right), _telling(right - left)
    return not (only_left and only_right) or all(
        max(fuzz.ratio(word, match) for match in only_right) >= 75 for word in only_left
    )


def _telling(tokens_: set[str]) -> set[str]:
    return {word for word in tokens_ if len(word) > 3 and word not in words().plain}


def _wrong_lots(before: Trace, after: Trace) -> bool:
    """Whether each title names a lot and none is common: the relaunch of another lot."""
    named = [set(re.findall(r"\blots? (?:n |no )?0*(\d+)", title)) for title in (before.title, after.title)]
    return bool(named[0] and named[1] and not named[0] & named[1])


def _bare(title: str) -> str:
    """A title without the words of a relaunch nor the lot it relaunches."""
    text = words().cues["relaunch"].sub(" ", title)
    return re.sub(r"\blots? (?:n |no )?\d+\b", " ", text)


def _undated(title: str) -> str:
    return " ".join(word for word in title.split() if not re.fullmatch(r"\d{1,2}|20\d\d", word))


def _long(title: str) -> bool:
    """Whether a title says enough to be compared: three words besides the plain ones, or five in all."""
    parts = title.split()
    return len(_telling(set(parts))) >= 2 or len(parts) >= 5


def _name(written: str) -> str:
    """A buyer's name as compared: « Ville de Compiègne (60) » and « COMMUNE DE COMPIEGNE » are ``compiegne``."""
    bare = re.sub(r"\(\s*\w{2,3}\s*\)", " ", folded(written))
    parts = [word for word in tokens(bare) if word not in words().titles]
    name = " ".join(parts)
    return "" if not name or _is_nameless(name) else name


def _is_nameless(name: str) -> bool:
    found = words().nameless.match(name)
    return bool(found) and (name == found[0] or name.startswith(("tribunal", "greffe", "cour ")))  # type: ignore[index]
