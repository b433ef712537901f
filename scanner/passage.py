"""When does the watch run, how long may it take, when does it try again? ``[passage]`` of ``veille.toml``, checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from typing import Any

from scanner.datafile import DataFileError, only

DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_HOUR = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\Z")
_ABOUT: dict[str, type] = {
    "jour": str, "heure": str, "quotidien": bool, "duree_max_minutes": int, "reprise_minutes": int, "reprises": int,
    "rattrapage_semaines": int, "sauvegarde": bool,
}  # fmt: skip
#: Least and most of each number.
_BOUNDS = {
    "duree_max_minutes": (1, 1440), "reprise_minutes": (1, 720), "reprises": (0, 10), "rattrapage_semaines": (1, 52),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Passage:
    """The week that ended on Sunday is read on ``weekday`` (0 = lundi) at ``hour``, Europe/Paris.

    ``limit``: a run that lasts longer is stopped. ``retry`` and ``retries``: how long after, and how many times, a
    degraded source is asked again the same day. ``weeks``: how many missed weeks are caught up at most.
    ``backup``: the database is copied after each published week.
    """

    weekday: int = 0
    hour: time = time(7)
    daily: bool = False
    limit: timedelta = timedelta(hours=4)
    retry: timedelta = timedelta(hours=2)
    retries: int = 2
    weeks: int = 12
    backup: bool = True


def passage(entry: dict[str, Any], path: Path) -> Passage:
    """The ``[passage]`` block of ``path``. Raises DataFileError: one French sentence naming key and accepted values."""
    where = f"{path.name} [passage]"
    told = only(entry, where, {}, _ABOUT)
    day, hour = told.get("jour", DAYS[0]), _HOUR.match(told.get("heure", "07:00"))
    if day not in DAYS:
        raise DataFileError(f"{where} : « jour » vaut « {day} » ; valeurs admises : {', '.join(DAYS)}.")
    if not hour:
        raise DataFileError(f"{where} : « heure » vaut « {told['heure']} », une heure de Paris « 07:00 » est attendue.")
    for key, (least, most) in _BOUNDS.items():
        if not least <= told.get(key, least) <= most:
            raise DataFileError(f"{where} : « {key} » va de {least} à {most}.")
    return Passage(
        weekday=DAYS.index(day),
        hour=time(int(hour[1]), int(hour[2])),
        daily=told.get("quotidien", False),
        limit=timedelta(minutes=told.get("duree_max_minutes", 240)),
        retry=timedelta(minutes=told.get("reprise_minutes", 120)),
        retries=told.get("reprises", 2),
        weeks=told.get("rattrapage_semaines", 12),
        backup=told.get("sauvegarde", True),
    )
