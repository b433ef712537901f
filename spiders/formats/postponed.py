"""To which day does a national rectification put off the deadline? Its free text, or its structured dates, read.

Three answers: a new deadline; the deadline is not touched; it is, in words that cannot be read (boamp.md section 9).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from scanner.notice import Coded
from spiders.formats.text import at, leaf, leaves, listed

_MONTHS = (
    "janvier", "fevrier", "mars", "avril", "mai", "juin", "juillet", "aout", "septembre", "octobre", "novembre",
    "decembre",
)  # fmt: skip
_WHAT = r"(?:des? |d')(?:la |l')?(?:offres?|plis?|candidatures?|propositions?|dossiers?|demandes? de participation)"
_MENTION = re.compile(
    r"(?:dates?|delais?|heures?)[^.;\n]{0,30}?\blimites?\b"
    rf"|(?:dates?|delais?)[^.;\n]{{0,20}}?(?:remise|reception|depot) {_WHAT}|\b(?:remise|reception|depot) {_WHAT}"
)
#: The sentence speaks of another date: a visit, questions, the validity of offers, their opening.
_OTHER = re.compile(
    r"visite|question|renseignement|complement|validite|ouverture|retrait|demarrage|livraison|publication|\benvoi"
)
_UNTOUCHED = re.compile(r"inchange|demeure|sans changement|n'est pas modifi|reste fixee")
_OLD = re.compile(r"au lieu d[eu']|en lieu et place|initial|auparavant|precedemment|prevue? le|anciennement|remplacer")
_NEW = re.compile(
    r"\blire\b|report|repouss|prolong|decal|remplacee? par|\bpar\b|modifi|nouvelle|desormais|fixee? au|\bau\b"
)
_DATE = re.compile(
    rf"(?P<d>\d{{1,2}})(?:er)?\s*(?:[/.-]\s*(?P<m>\d{{1,2}})\s*[/.-]|\s(?P<name>{'|'.join(_MONTHS)})\s)\s*"
    r"(?P<y>20\d\d|\d\d)(?!\d)"
    r"|(?P<iso>20\d\d-\d\d-\d\d)(?:t(?P<isotime>\d\d:\d\d))?"
)
_TIME = re.compile(r"[\s,:;(-]*(?:a|avant|-|,)?\s*(?P<h>[01]?\d|2[0-3])\s*(?:heures?|h|:)\s*(?P<min>[0-5]\d)?(?!\d)")
_REACH = 160  # characters after the mention in which its dates stand
UNREADABLE = Coded("deadline", None, "unreadable")


def postponed(change: Any) -> tuple[str, tuple[Coded, ...]]:
    """The new deadline in Paris time (empty: untouched or unreadable), and ``UNREADABLE`` in the latter case."""
    answers = [*_structured(change), *(found for text in leaves(change) for found in _told(text))]
    readable = {answer for answer in answers if answer}
    if len(readable) == 1:
        return readable.pop(), ()
    return "", (UNREADABLE,) if answers else ()


def _structured(change: Any) -> Iterator[str]:
    """``{rubDelais: ReceptionOffres, auLieuDeDate, lireDate}``: Paris time, UTC when it ends in Z."""
    for one in listed(change):
        written = leaf(at(one, "lireDate"))
        if written and re.search(r"offre|candidature|participation|plis", leaf(at(one, "rubDelais")).lower()):
            try:
                moment = datetime.fromisoformat(written)
            except ValueError:
                yield ""
                continue
            if written.endswith("Z"):
                moment = moment.astimezone(ZoneInfo("Europe/Paris"))
            yield moment.strftime("%Y-%m-%dT%H:%M")


def _told(text: str) -> Iterator[str]:
    """One answer for each mention of the deadline: a date, or empty when the new one cannot be read."""
    text = _folded(text).replace("au lieu de lire", "au lieu de")
    mentions = list(_MENTION.finditer(text))
    for found, after in zip(mentions, [*mentions[1:], None], strict=False):
        end = min(found.end() + _REACH, after.start() if after else len(text))
        lead = re.split(r"[.;\n]", text[max(0, found.start() - 40) : found.start()])[-1]
        first, *more = re.split(r"[;\n]|\.(?!\d)", text[found.end() : end])
        segment = " ".join([first, *(sentence for sentence in more if not _OTHER.search(sentence))])
        if _OTHER.search(lead + found[0] + first[:45]) or _UNTOUCHED.search(segment):
            continue
        dates = list(_dates(segment))
        if dates or _NEW.search(segment[:60]):
            fresh = {when for when, old in dates if not old and when}
            yield fresh.pop() if len(fresh) == 1 else ""


def _dates(segment: str) -> Iterator[tuple[str, bool]]:
    """(date as ISO, whether the words just before say it is the old one)."""
    last = 0
    for found in _DATE.finditer(segment):
        before = segment[last : found.start()]
        old = [match.end() for match in _OLD.finditer(before)]
        new = [match.end() for match in _NEW.finditer(before)]
        last = found.end()
        time = _TIME.match(segment, found.end())
        yield _instant(found, time), bool(old) and (not new or old[-1] >= new[-1] or not _after_read(before, old[-1]))


def _after_read(before: str, at_: int) -> bool:
    """Whether a word that opens the new value follows the old one: « au lieu du …, lire »."""
    return bool(re.search(r"\blire\b|report|repouss|prolong|decal|par\b", before[at_:]))


def _instant(found: re.Match[str], time: re.Match[str] | None) -> str:
    if found["iso"]:
        return found["iso"] + (f"T{found['isotime']}" if found["isotime"] else "")
    month = int(found["m"]) if found["m"] else _MONTHS.index(found["name"]) + 1
    year = int(found["y"]) + (2000 if len(found["y"]) == 2 else 0)
    try:
        day = date(year, month, int(found["d"])).isoformat()
    except ValueError:
        return ""
    return f"{day}T{int(time['h']):02d}:{int(time['min'] or 0):02d}" if time else day


def _folded(text: str) -> str:
    text = text.lower().replace("’", "'").replace("\x92", "'").replace("\u00a0", " ").replace("\u202f", " ")
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
