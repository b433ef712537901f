"""The probes as labelled passages, for ``make train``: ``python -m tests.probes_table FILE.tsv``."""

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


def write(path: Path) -> None:
    """Writes the probes as a TSV into ``path``."""
    path.write_text("".join("\t".join(row) + "\n" for row in (COLUMNS, *rows())), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
