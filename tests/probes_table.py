"""The probes of ``tests/nlp/probes`` as labelled passages: ``python -m tests.probes_table FILE.tsv`` (for ``make train``)."""

from __future__ import annotations

import sys
from pathlib import Path

from scanner.datafile import read_yaml

PROBES = Path(__file__).parent / "nlp" / "probes"
COLUMNS = ("text", "label", "kind", "source", "field")


def rows() -> list[tuple[str, ...]]:
    """One row a probe: what it affirms or leaves open, else ``negatif``."""
    found = []
    for path in sorted(PROBES.glob("*.yml")):
        for probe in read_yaml(path):
            labels = sorted({one["label"] for one in probe["expect"] if one["reading"] != "denied"})
            text = " ".join(probe["text"].split())
            found.append((text, "|".join(labels) or "negatif", "sonde", path.stem, probe.get("field", "conditions")))
    return found


if __name__ == "__main__":
    lines = ["\t".join(row) for row in (COLUMNS, *rows())]
    Path(sys.argv[1]).write_text("\n".join(lines) + "\n", encoding="utf-8")
