"""Which inclusive structures could answer here? Those of the user's directory, by trade and département."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache

from scanner.appraisal import Structure, Supply
from scanner.datafile import DataFileError
from scanner.opportunity.directory import read_structures, sector_names, supply_file
from scanner.opportunity.words import fold

__all__ = ["around", "kinds_of", "perhaps", "read_structures"]


def around(
    structures: Sequence[Structure], sectors: Sequence[str], departements: Sequence[str], family: str | None = None
) -> Supply:
    """The structures known to work in one of ``sectors`` and of ``departements`` (INSEE codes).

    ``sectors`` are groups or sectors of the inclusion market; a structure that lists a group alone does all of it.
    ``family`` keeps one family: ``insertion``, ``handicap``, or a reservation (``reserve_siae``…). Structures whose
    trade or zone is unknown are not counted here but in ``perhaps``: they are neither there nor elsewhere. Without
    sectors or départements nothing can be compared: the count is 0 and means nothing, pass no Supply to the lever.
    """
    wanted, places, kinds = _trades(sectors), set(departements), kinds_of(family)
    return _supply(
        [
            one for one in structures
            if one.kind in kinds and _trades(one.sectors) & wanted
            and places and (one.everywhere or places & set(one.departements))
        ],
        places,
    )  # fmt: skip


def perhaps(
    structures: Sequence[Structure], sectors: Sequence[str], departements: Sequence[str], family: str | None = None
) -> Supply:
    """Those that could be of the place and trade, one of the two being unknown and the other not contrary."""
    wanted, places, kinds = _trades(sectors), set(departements), kinds_of(family)
    found = []
    for one in structures:
        unplaced = not one.everywhere and not one.departements
        place = unplaced or one.everywhere or bool(places & set(one.departements))
        trade = not one.sectors or bool(_trades(one.sectors) & wanted)
        if one.kind in kinds and place and trade and (unplaced or not one.sectors):
            found.append(one)
    return _supply(found, places)


def kinds_of(family: str | None) -> frozenset[str]:
    """The kinds of a family, every one for None. Raises DataFileError on an unknown family."""
    if family is None:
        return frozenset(supply_file()["kinds"])
    families = supply_file()["families"]
    if family not in families:
        raise DataFileError(f"famille de structures « {family} » inconnue ; familles admises : {', '.join(families)}.")
    return frozenset(families[family])


def _supply(found: Sequence[Structure], places: set[str]) -> Supply:
    turnovers = [one.turnover for one in found if one.turnover is not None]
    nearest = sorted(found, key=lambda one: (not places & set(one.departements), fold(one.name), one.id))
    kinds = Counter(one.kind for one in found)
    return Supply(
        count=len(found),
        kinds=tuple(sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))),
        turnover=sum(turnovers) / len(turnovers) if turnovers else None,
        names=tuple(one.name for one in nearest[: supply_file()["names_shown"]]),
    )


def _trades(names: Sequence[str]) -> set[str]:
    """Every sector that ``names`` cover: a group covers its own. An unknown name covers only itself."""
    covered: set[str] = set()
    for name in names:
        shown = sector_names().get(fold(name), name)
        covered |= _covered().get(shown, frozenset({shown}))
    return covered


@cache
def _covered() -> Mapping[str, frozenset[str]]:
    return {group: frozenset(sectors) for group, sectors in supply_file()["groups"].items()}
