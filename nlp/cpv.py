"""Can this CPV code be believed? The official nomenclature, and what a code as written stands for in it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from scanner.datafile import DataFileError

_FILE = Path(__file__).with_name("cpv_fr.tsv")
#: Eight digits, then the check digit of old notices: after a dash, or glued.
_WRITTEN = re.compile(r"(\d{8})(?:-?\d)?")


@cache
def labels() -> Mapping[str, str]:
    """Every official code (8 digits) and its French label, in the order of the nomenclature.

    Source: regulation (EC) 213/2008, at the head of ``cpv_fr.tsv``. Raises DataFileError on a line of another shape.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(_FILE.read_text(encoding="utf-8").splitlines(), 1):
        code, _, label = line.partition("\t")
        if line.startswith("#"):
            continue
        if not re.fullmatch(r"\d{8}", code) or not label.strip() or code in found:
            raise DataFileError(
                f"{_FILE.name}, ligne {number} : « code à 8 chiffres, tabulation, libellé » est attendu."
            )
        found[code] = label.strip()
    return found


def believed(written: str) -> str:
    """The official code that ``written`` stands for, empty when there is none.

    The check digit is dropped (``45442100-8``); a code that is not official stands for its nearest official parent
    (``45442199`` for ``45442100``). A code of another length, or of no official division, is not believed.
    """
    found = _WRITTEN.fullmatch("".join(written.split()))
    if not found:
        return ""
    code = found.group(1)
    parents = (code[:size].ljust(8, "0") for size in range(8, 1, -1))
    return next((parent for parent in parents if parent in labels()), "")
