"""Can this source be believed this week? Its counts and fill rates against what is known of it, day by day.

A broken minimum withholds the source's conclusions (« non détecté », opportunities, « sources complètes »), a jump only
warns. What was found and quoted stays: a proof does not depend on what is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from scanner.edition import DayCount, Edition, Item
from scanner.expect.figures import DAYS, Figures, Range, Rate, figures
from scanner.expect.holidays import listed, public_holiday
from scanner.issues import Issue
from scanner.source import Source

__all__ = ["Judgement", "judge", "new_keys", "withhold"]

#: Codes of the issues on keys that no reader knows.
_UNKNOWN = frozenset({"cle_inconnue"})
#: From this share of the notices of a source, a key is a change of the source, not an oddity.
_MOST = 0.5
#: Reasons told of one source; the others are counted.
_TOLD = 3
_SAID = {
    "deadline": ("la date limite", "lue"),
    "cpv": ("le code CPV", "lu"),
    "buyer": ("l'acheteur", "lu"),
    "read": ("le texte", "lu"),
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What to think of a source over a period: ``reasons`` to withhold its conclusions, ``jumps`` to look at."""

    source: str
    title: str
    reasons: tuple[str, ...] = ()
    jumps: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """« BOAMP : conclusions retenues, … », empty when nothing is broken."""
        if not self.reasons:
            return ""
        more = len(self.reasons) - _TOLD
        rest = f" ; et {more} autre{'s' * (more > 1)} raison{'s' * (more > 1)}" if more > 0 else ""
        return f"{self.title} : conclusions retenues, {' ; '.join(self.reasons[:_TOLD])}{rest}"

    def issues(self) -> tuple[Issue, ...]:
        """One error a reason, one warning a jump."""
        repair = f"comparez avec la source, puis corrigez la lecture, ou « expect » dans spiders/{self.source}.yml."
        return (
            *(
                Issue(
                    self.source,
                    "",
                    "attente_minimum",
                    f"{self.title} : conclusions retenues, {said} ; {repair}",
                    "error",
                )
                for said in self.reasons
            ),
            *(Issue(self.source, "", "attente_saut", f"{self.title} : {said} ; {repair}") for said in self.jumps),
        )


def judge(source: Source, days: Sequence[DayCount], *, today: date, volume: float) -> Judgement:
    """What is to be thought of ``source``, of which ``days`` tell every day of the period, oldest first.

    ``volume``: the share of the usual number of notices to be expected, 0 = unknown. A day that is not over on
    ``today`` is not judged by its number; nor is a public holiday.
    """
    known = figures(source)
    over = [day for day in days if day.day < today]
    counted = [day for day in over if day.complete] if volume > 0 else []
    reasons = [*_unasked(source, over), *_few(known, counted, volume), *_few_in_week(known, counted, volume)]
    jumps = [*_unusual(known, counted, volume)]
    for rate in known.rates:
        broken = [*_emptied(rate, days, known.enough)]
        reasons += broken
        jumps += [] if broken else _drifted(rate, days, known.enough)
    jumps += _lost_families(known, counted, volume)
    return Judgement(source.name, source.title, tuple(reasons), tuple(jumps))


def new_keys(source: Source, issues: Iterable[Issue], read: int) -> tuple[Issue, ...]:
    """One warning for each key that no reader knows and that most of the ``read`` records of a run bear."""
    bearers: dict[str, set[str]] = {}
    for issue in issues:
        if issue.source == source.name and issue.code in _UNKNOWN:
            bearers.setdefault(issue.message, set()).add(issue.key)
    wide = [said for said, keys in bearers.items() if read >= figures(source).enough and len(keys) >= _MOST * read]
    return tuple(
        Issue(source.name, "", "attente_cle", f"{source.title}, dans la plupart des avis : {said}") for said in wide
    )


def withhold(edition: Edition, judgements: Iterable[Judgement]) -> Edition:
    """``edition`` that tells what is withheld, without the opportunities of those sources in its period.

    An opportunity rests on what a notice does not say: it is a conclusion; a finding is not, its quote proves it.
    """
    broken = {one.source: one.sentence for one in judgements if one.reasons}
    items = tuple(_without(item) if _concerns(item, broken, edition) else item for item in edition.items)
    return replace(edition, items=items, withheld=tuple(said for _, said in sorted(broken.items())))


def _concerns(item: Item, broken: Mapping[str, str], edition: Edition) -> bool:
    return item.notice.partition(":")[0] in broken and edition.since <= item.published <= edition.until


def _without(item: Item) -> Item:
    return replace(item, lots=tuple(replace(lot, opportunity=None) for lot in item.lots))


def _unasked(source: Source, days: Sequence[DayCount]) -> list[str]:
    """The days when the source was not asked at all: silence is not zero. A snapshot is asked once a period."""
    missing = [day.day for day in days if day.announced is None]
    if not missing or (source.snapshot and len(missing) < len(days)):
        return []
    if source.snapshot or len(missing) == len(days) > 1:
        return [f"aucune lecture du {_short(days[0].day)} au {_short(days[-1].day)}"]
    return [f"aucune lecture le {_long(day)}" for day in missing]


def _closed(known: Figures, day: date) -> bool:
    return public_holiday(day) or listed(day, known.closed, known.closed_easter)


def _few(known: Figures, days: Iterable[DayCount], volume: float) -> list[str]:
    found = []
    for day in days:
        least = known.days[day.day.weekday()].least if known.days else None
        if least and not _closed(known, day.day) and (day.announced or 0) < max(1.0, least * volume):
            found.append(
                f"{_notices(day.announced or 0)} le {_long(day.day)}, au moins {_least(least, volume)} attendus"
            )
    return found


def _few_in_week(known: Figures, days: Sequence[DayCount], volume: float) -> list[str]:
    """A whole week under its minimum, which counts one fifth less for each working day without publication."""
    if known.week.least is None or not _whole_week(days):
        return []
    opened = sum(not _closed(known, day.day) for day in days if day.day.weekday() < 5)
    least, total = known.week.least * opened / 5, sum(day.announced or 0 for day in days)
    if total >= least * volume:
        return []
    return [f"{_notices(total)} dans la semaine, au moins {_least(least, volume)} attendus"]


def _unusual(known: Figures, days: Sequence[DayCount], volume: float) -> list[str]:
    found = []
    for day in days:
        usual = known.days[day.day.weekday()] if known.days else Range()
        if not _closed(known, day.day) and (said := _outside(usual, day.announced or 0, volume)):
            found.append(f"{_notices(day.announced or 0)} le {_long(day.day)}, d'habitude {said}")
    total = sum(day.announced or 0 for day in days)
    calm = any(_closed(known, day.day) for day in days)
    if _whole_week(days) and not calm and (said := _outside(known.week, total, volume)):
        found.append(f"{_notices(total)} dans la semaine, d'habitude {said}")
    return found


def _outside(usual: Range, count: int, volume: float) -> str:
    low, high = usual.low, usual.high
    if low is None or high is None or low * volume <= count <= high * volume:
        return ""
    return f"de {low * volume:.0f} à {high * volume:.0f}"


def _lost_families(known: Figures, days: Sequence[DayCount], volume: float) -> list[str]:
    if not (volume > 0 and _whole_week(days)):
        return []
    seen = {group.family for day in days for group in day.groups}
    return [f"aucun avis de la famille {name} dans la semaine" for name in known.families if name not in seen]


def _emptied(rate: Rate, days: Sequence[DayCount], enough: int) -> list[str]:
    """A field that fell to nothing on a day (the source renamed it), or under its minimum."""
    found = []
    for day in days:
        filled, total = _filled(rate, [day])
        if total >= enough and (filled == 0 or filled < (rate.share.least or 0) * total):
            what, done = _SAID[rate.field]
            how = f"n'est {done} dans aucun des" if filled == 0 else f"n'est {done} que dans {filled} des"
            least = f", au moins {rate.share.least:.0%} attendus" if filled else ""
            found.append(f"{what} {how} {total} avis du {_short(day.day)}{least}".replace("%", " %"))
    return found


def _drifted(rate: Rate, days: Sequence[DayCount], enough: int) -> list[str]:
    filled, total = _filled(rate, days)
    low, high = rate.share.low, rate.share.high
    if total < enough or low is None or high is None or low * total <= filled <= high * total:
        return []
    usual = f"{low:.0%} à {high:.0%}".replace("%", " %")
    what, done = _SAID[rate.field]
    return [f"{what} est {done} dans {filled} des {total} avis, d'habitude {usual}"]


def _filled(rate: Rate, days: Iterable[DayCount]) -> tuple[int, int]:
    groups = [group for day in days for group in day.groups if not rate.kinds or group.kind in rate.kinds]
    count: Callable[[str], int] = lambda name: sum(getattr(group, name) for group in groups)  # noqa: E731
    rejected = sum(day.rejected for day in days) if rate.field == "read" else 0
    return count(rate.field), count("notices") + rejected


def _whole_week(days: Sequence[DayCount]) -> bool:
    return [day.day.weekday() for day in days] == list(range(7))


def _notices(count: int) -> str:
    return f"{count} avis annoncé{'s' * (count > 1)}"


def _least(least: float, volume: float) -> str:
    return f"{max(1.0, least * volume):.0f}"


def _short(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _long(day: date) -> str:
    return f"{DAYS[day.weekday()]} {_short(day)}"
