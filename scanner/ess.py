"""Which social services may be reserved to the enterprises of the social economy? The CPV codes of R2113-8."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from scanner.datafile import DataFileError

_LIST = Path(__file__).with_name("ess_services_cpv.tsv")


@cache
def ess_services() -> Mapping[str, str]:
    """The codes of the list, each with its French label. DataFileError on a line that is not « code, label »."""
    found: dict[str, str] = {}
    for number, line in enumerate(_LIST.read_text(encoding="utf-8").splitlines(), 1):
        code, tab, label = line.partition("\t")
        if not (len(code) == 8 and code.isdigit() and tab and label):
            raise DataFileError(f"{_LIST.name}, ligne {number} : « code CPV<tabulation>libellé » est attendu.")
        found[code] = label
    return found
