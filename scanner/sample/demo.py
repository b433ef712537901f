"""What does the product do? A whole week on the sample sources, over loopback, into a folder of its own."""

from __future__ import annotations

from collections import Counter
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from scanner.config import Config, SourceSettings, Territory
from scanner.mail_settings import MailSettings
from scanner.mailing.post import mail
from scanner.observe import observe, publish_observatory
from scanner.opportunity.supply import read_structures
from scanner.private import leads_of, letter_lines
from scanner.run import Outcome, Progress, publish, run, silent
from scanner.sample import awards, projects, readers, replica, ted, week
from scanner.shelves.appreciations import save_structures
from scanner.source import load
from scanner.store import Store

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
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob("veille.db*"):
        stale.unlink()
    with served() as server:
        config = Config(
            territory=Territory(),
            contact="demo@exemple.invalid",
            mission="Mission de démonstration",
            folder=folder.resolve(),
            sources=sources(server, awards.write(folder / "decp-exemple.csv")),
            mail=_mail(folder),
        )
        _know_structures(config)
        outcome = run(config, since=MONDAY, until=SUNDAY, today=REFERENCE, progress=progress)
    outcome = _with_the_year(config, outcome, progress)
    _write_letters(config, outcome)
    (folder / "veille.toml").write_bytes((week.HERE / "veille.toml").read_bytes())
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


def _mail(folder: Path) -> MailSettings:
    subscribers = readers.write_subscribers(folder / "abonnes-exemple.csv")
    return MailSettings(
        "veille@exemple.invalid", "contact@exemple.invalid", "Maison de l'emploi d'exemple, 00 00 00 00 00",
        "mailto:stop@exemple.invalid", subscribers=subscribers,
    )  # fmt: skip


def _know_structures(config: Config) -> None:
    found, _ = read_structures(readers.write_structures(config.folder / "structures-exemple.csv"))
    with Store.open(config.database) as store:
        save_structures(store, found)


def _with_the_year(config: Config, outcome: Outcome, progress: Progress) -> Outcome:
    """The edition again, once the figures of its year are there: the first page leads to them."""
    with Store.open(config.database) as store:
        publish_observatory(observe(store, config, SUNDAY.year), config)
        edition, files = publish(store, config, since=MONDAY, until=SUNDAY, today=REFERENCE, progress=progress)
    return replace(outcome, edition=edition, files=tuple(files))


def _write_letters(config: Config, outcome: Outcome) -> None:
    """The letter of each sample subscriber, written and sent to nobody."""
    with Store.open(config.database) as store:
        found = leads_of(store, config, outcome.edition)
        mail(store, config, outcome.edition, more=partial(letter_lines, found))


def served() -> AbstractContextManager[replica.Replica]:
    """The replica that answers for every source of the sample week."""
    others = {projects.DATASET: projects.records(SUNDAY)}
    return replica.serve(week.records(), others=others, ted_notices=ted.notices())


def sources(server: replica.Replica, contracts: Path) -> dict[str, SourceSettings]:
    """The sources of the sample: their addresses on the replica, and the file of awarded ``contracts``."""
    return {
        "boamp": SourceSettings(base_url=server.base_url, delay=0.0, concurrency=2, volume=0.1),
        "approch": SourceSettings(base_url=server.url(projects.DATASET), delay=0.0),
        "ted": SourceSettings(base_url=server.ted_url, delay=0.0, concurrency=2),
        "decp": SourceSettings(file=str(contracts.resolve())),
    }


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
    counted = ", ".join(f"{load(source).title} {count}" for source, count in sorted(expected.items()))
    return [
        f"Avis attendus : {counted} ; {reading.read} lus, {reading.rejected} rejetés et conservés "
        f"({len(outcome.issues)} signalements dans la table « issues »).",
        f"Semaine {outcome.edition.week} : {len(outcome.files)} fichiers publiés.",
        "",
        "Un acheteur de bout en bout : son projet approch:70101, son appel d'offres boamp:26-110000 et ses marchés",
        "attribués, dans les vues marches_attribues et pratique_acheteurs de la base.",
        "",
        "À ouvrir, dans l'ordre :",
        f"  1. {folder / 'public' / 'index.html'}   le site : semaine, recherche, cartes, flux, tableaux",
        f"  2. {folder / 'public' / 'digest' / (outcome.edition.week + '.html')}   le digest à transmettre",
        f"  3. {folder / 'prive' / 'index.html'}   pour la mission : fiches, acheteurs à approcher, renouvellements",
        f"  4. {folder / 'prive' / 'lettres'}   la lettre de trois abonnés inventés, envoyée à personne",
        f"  5. {folder / 'veille.db'}   la base, à ouvrir avec tout lecteur SQLite",
        "",
        "Pour parcourir la base avec le site, puis pour y répondre et voir ce que vos réponses changent :",
        f"  scanner serve --config {folder / 'veille.toml'}",
        f"  scanner suivi import REPONSES.csv --config {folder / 'veille.toml'}",
        f"  scanner publish --since {MONDAY} --until {SUNDAY} --config {folder / 'veille.toml'}",
    ]
