"""What does the product do? A whole week on the sample sources, over loopback, into a folder of its own."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

from scanner.config import Config, SourceSettings, Territory
from scanner.run import Outcome, Progress, run, silent
from scanner.sample import replica, ted, week

MONDAY, SUNDAY = date(2026, 11, 16), date(2026, 11, 22)
REFERENCE = date(2026, 11, 23)
#: What a reader wants to hear first, in its order.
SPOKEN = {
    "reserve": "réservés",
    "objet_insertion": "objet insertion",
    "clause": "avec clause",
    "facultatif": "facultatifs",
    "critere": "critère social",
    "mention": "mention",
    "rien": "non détecté",
    "non_lu": "non lus",
}


def demo(folder: Path, *, progress: Progress = silent) -> tuple[int, str]:
    """Play the sample week into ``folder``. Returns the exit status and what to tell, in French.

    The status is 0 when the outcome is the one that the sample declares, rejected records included.
    """
    for stale in folder.glob("veille.db*"):
        stale.unlink()
    with replica.serve(week.records(), ted_notices=ted.notices()) as server:
        config = Config(
            territory=Territory(),
            contact="demo@exemple.invalid",
            mission="Mission de démonstration",
            folder=folder.resolve(),
            sources={
                "boamp": SourceSettings(base_url=server.base_url, delay=0.0, concurrency=2),
                "ted": SourceSettings(base_url=server.ted_url, delay=0.0, concurrency=2),
            },
        )
        outcome = run(config, since=MONDAY, until=SUNDAY, today=REFERENCE, progress=progress)
    found = outcome_of(outcome)
    differences = [
        f"  {key} : {found.get(key, 0)} au lieu de {count}"
        for key, count in week.expected().items()
        if found.get(key, 0) != count
    ]
    lines = [_table(outcome), "", *_closing(outcome, folder)]
    if differences:
        lines += ["", "La démonstration ne donne pas ce que son échantillon annonce :", *differences]
    return int(bool(differences)), "\n".join(lines)


def outcome_of(outcome: Outcome) -> dict[str, int]:
    """The counts that a sample declares: records read and rejected, lots per status."""
    counts: Counter[str] = Counter(lot.status for item in outcome.edition.items for lot in item.lots)
    return {"lus": outcome.reading.read, "rejetes": outcome.reading.rejected, **counts}


def _table(outcome: Outcome) -> str:
    """Lots by département and status, widest first; a lot in several départements counts in each."""
    rows: dict[str, Counter[str]] = {}
    for item in outcome.edition.items:
        for departement in item.departements or ("inconnu",):
            rows.setdefault(departement, Counter()).update(lot.status for lot in item.lots)
    heads = [status for status in SPOKEN if any(row[status] for row in rows.values())]
    lines = ["Lots trouvés, par département :", "", "dép.    " + "  ".join(f"{SPOKEN[head]:>15}" for head in heads)]
    for departement, row in sorted(rows.items()):
        lines.append(f"{departement:<8}" + "  ".join(f"{row[head] or '·':>15}" for head in heads))
    return "\n".join(lines)


def _closing(outcome: Outcome, folder: Path) -> list[str]:
    reading, expected = outcome.reading, Counter[str]()
    for row in outcome.edition.coverage:
        expected[row.source] += row.expected
    counted = ", ".join(f"{count} de {source.upper()}" for source, count in sorted(expected.items()))
    return [
        f"Avis attendus : {counted} ; {reading.read} lus, {reading.rejected} rejetés et conservés "
        f"({len(outcome.issues)} signalements dans la table « issues »).",
        f"Semaine {outcome.edition.week} : {len(outcome.files)} fichiers publiés.",
        "",
        "À ouvrir, dans l'ordre :",
        f"  1. {folder / 'public' / 'index.html'}   le sommaire : digest de la semaine et flux",
        f"  2. {folder / 'public' / 'digest' / (outcome.edition.week + '.html')}   le digest à transmettre",
        f"  3. {folder / 'veille.db'}   la base (« datasette {folder / 'veille.db'} », ou tout lecteur SQLite)",
    ]
