"""What does the README say of the reading? The tables that ``scanner evaluate --markdown`` prints, between markers.

``make readme`` writes them afresh: the own corpus always, the dev sets where ``../shared`` is beside the project.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from nlp.evaluate import evaluate
from nlp.scoreboard import as_markdown

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
SHARED = ROOT.parent / "shared"
#: marker: the corpora of its table.
TABLES = {
    "corpus": [ROOT / "tests" / "corpus" / "notices.jsonl"],
    "dev": [SHARED / "domain" / "wordings_dev.tsv", SHARED / "real" / "gold" / "notices_dev.jsonl.gz"],
}


def table(marker: str) -> str | None:
    """What the table of ``marker`` says today; None where its corpora are not there."""
    paths = TABLES[marker]
    if not all(path.exists() for path in paths):
        return None
    return "\n".join(as_markdown([evaluate(path)[0] for path in paths]))


def written(text: str, marker: str) -> str:
    """What ``text`` says between the markers."""
    found = _block(marker).search(text)
    if found is None:
        raise ValueError(f"README.md : marque « mesure {marker} » absente, remettez-la.")
    return found[2]


def rewritten(text: str, marker: str, fresh: str) -> str:
    return _block(marker).sub(lambda found: found[1] + fresh + found[3], text)


def _block(marker: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- mesure {marker} : [^>]*-->\n)(.*?)(\n<!-- fin -->)", re.S)


def main() -> int:
    text = README.read_text(encoding="utf-8")
    for marker in TABLES:
        fresh = table(marker)
        if fresh is None:
            print(f"« {marker} » laissé tel quel : corpus absent.")
        elif fresh != written(text, marker):
            text = rewritten(text, marker, fresh)
            print(f"« {marker} » récrit.")
    README.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
