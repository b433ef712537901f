"""Which trade is this CPV? The segments of social purchase, by longest prefix."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from scanner.finding import Segment

_HERE = Path(__file__).parent


def _list(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())


@cache
def segments() -> Mapping[str, Segment]:
    """Every segment of ``segments.tsv`` by its CPV prefix (2 to 8 digits). Raises ValueError on a duplicate."""
    found: dict[str, Segment] = {}
    with (_HERE / "segments.tsv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE):
            prefix = row["prefix"].strip()
            if prefix in found:
                raise ValueError(f"segments.tsv : le préfixe {prefix} figure deux fois, gardez-en un.")
            share = row["labour_share_pct"].strip()
            found[prefix] = Segment(
                prefix, row["label_fr"].strip(), row["family"].strip(), _list(row["device"]), _list(row["publics"]),
                int(share) if share else None, row["share_status"].strip(), _list(row["sector_group"]),
                row["potential"].strip(), _list(row["low_reason"] or ""), (row["notes"] or "").strip(),
            )  # fmt: skip
    return found


@cache
def ess_services() -> Mapping[str, str]:
    """The social services that may be reserved to ESS enterprises (R2113-8): CPV code to French label."""
    pairs: dict[str, str] = {}
    for line in (_HERE / "ess_services_cpv.tsv").read_text(encoding="utf-8").splitlines():
        code, _, label = line.partition("\t")
        if code.strip().isdigit():
            pairs[code.strip()] = label.strip()
    return pairs


def segment_of(cpvs: Sequence[str]) -> Segment | None:
    """The segment with the longest prefix of the first CPV that has one; None when no CPV is known."""
    known = segments()
    for cpv in cpvs:
        digits = "".join(char for char in cpv.partition("-")[0] if char.isdigit())
        for size in range(len(digits), 1, -1):
            if digits[:size] in known:
                return known[digits[:size]]
    return None
