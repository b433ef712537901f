"""What does the user want? Their ``veille.toml``, checked strictly: a mistake gets one French sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scanner.datafile import DataFileError, only, read_toml, texts
from scanner.limits import Limits, defaults, limits
from scanner.mail_settings import MailSettings, mail_settings
from scanner.passage import Passage, passage
from scanner.privacy import Privacy, privacy

DEPARTEMENT = re.compile(r"(?:0[1-9]|[1-8]\d|9[0-5]|2[AB]|97[1-8]|98[4678])\Z")
INSEE = re.compile(r"(?:\d{5}|2[AB]\d{3})\Z")
POSTCODE = re.compile(r"\d{5}\Z")
#: France has 35 000 communes: a list of them is far below.
CODES_BYTES = 10_000_000
#: Where the feeds say that they live until the user says where they are hosted.
NOWHERE = "https://exemple.invalid/"


@dataclass(frozen=True, slots=True)
class Territory:
    """Where the user works. Everything empty = France entière. Codes are INSEE (communes, départements) or postal."""

    name: str = "France entière"
    departements: tuple[str, ...] = ()
    communes: tuple[str, ...] = ()
    postcodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceSettings:
    """How a source is asked: ``delay`` in seconds between requests, ``patience`` in seconds for a quota.

    ``timeout`` is that of an answer, ``wait`` the first wait before another try, doubled each time, both in seconds.
    ``file`` is a path or an address, for a source that is a file (decp). ``volume``: the share of the usual number of
    notices that is to be expected; None = all of it from the source's own address, unknown from another one.
    """

    base_url: str = ""
    delay: float = 1.0
    concurrency: int = 1
    attempts: int = 4
    patience: float = 900.0
    timeout: float = 60.0
    wait: float = 2.0
    file: str = ""
    volume: float | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """The whole of ``veille.toml``; paths are resolved against the file's own folder."""

    territory: Territory = Territory()
    contact: str = ""
    mission: str = ""
    folder: Path = Path(".")
    base_url: str = NOWHERE
    overlap_days: int = 2
    second_reader: bool = False
    sources: dict[str, SourceSettings] = field(default_factory=lambda: {"boamp": SourceSettings()})
    mail: MailSettings | None = None
    hours: dict[str, float] = field(default_factory=dict)
    passage: Passage = field(default_factory=Passage)
    backup_folder: str = "sauvegardes"
    backups_kept: int = 8
    limits: Limits = field(default_factory=defaults)
    privacy: Privacy = field(default_factory=Privacy)

    @property
    def database(self) -> Path:
        return self.folder / "veille.db"

    @property
    def public(self) -> Path:
        return self.folder / "public"

    @property
    def private(self) -> Path:
        return self.folder / "prive"

    @property
    def backups(self) -> Path:
        """Where ``scanner backup`` writes, unless told otherwise; an absolute folder stays where it is."""
        return self.folder / self.backup_folder

    @property
    def model(self) -> Path:
        """Where ``scanner train`` writes the user's own second reader."""
        return self.folder / "second_lecteur"

    @property
    def user_agent(self) -> str:
        """Identifies the watch and whom to write to, as every source is told."""
        return f"veille-clauses-sociales/0.1 (+{self.contact or 'contact non renseigné'})"


def read(path: Path) -> Config:
    """The configuration in ``path``. Raises DataFileError: one French sentence naming key, value, what is accepted."""
    try:
        return _read(path)
    except DataFileError:
        raise
    except (ValueError, OSError) as error:  # an address or a path that cannot be one: « http://[ », a NUL
        raise DataFileError(f"{path.name} : une adresse ou un chemin est impossible ({error}), corrigez-le.") from error


def _read(path: Path) -> Config:
    entry = only(read_toml(path), path.name, {"veille": dict}, {
        "territoire": dict, "sources": dict, "sorties": dict, "lecture": dict, "courriel": dict, "heures": dict,
        "passage": dict, "sauvegarde": dict, "limites": dict, "vie_privee": dict,
    })  # fmt: skip
    watch = only(
        entry["veille"], f"{path.name} [veille]", {"contact": str}, {"mission": str, "recouvrement_jours": int}
    )
    outputs = only(entry.get("sorties", {}), f"{path.name} [sorties]", {}, {"dossier": str, "adresse_publique": str})
    base_url = outputs.get("adresse_publique", NOWHERE)
    if urlsplit(base_url).scheme not in ("http", "https"):
        raise DataFileError(
            f"{path.name} [sorties] : « adresse_publique » vaut « {base_url} », "
            "une adresse http:// ou https:// est attendue."
        )
    if "@" not in watch["contact"] and not watch["contact"].startswith("http"):
        raise DataFileError(
            f"{path.name} [veille] : « contact » vaut « {watch['contact']} », "
            "une adresse de messagerie ou de site est attendue."
        )
    if not 0 <= watch.get("recouvrement_jours", 2) <= 31:
        raise DataFileError(f"{path.name} [veille] : « recouvrement_jours » va de 0 à 31.")
    reading = only(entry.get("lecture", {}), f"{path.name} [lecture]", {}, {"second_lecteur": bool})
    kept = only(entry.get("sauvegarde", {}), f"{path.name} [sauvegarde]", {}, {"dossier": str, "garder": int})
    if not 1 <= kept.get("garder", 8) <= 1000:
        raise DataFileError(f"{path.name} [sauvegarde] : « garder » va de 1 à 1000.")
    folder = (path.parent / outputs.get("dossier", ".")).resolve()
    return Config(
        territory=_territory(entry.get("territoire", {}), path),
        contact=watch["contact"],
        mission=watch.get("mission", ""),
        folder=folder,
        base_url=base_url if base_url.endswith("/") else base_url + "/",
        overlap_days=watch.get("recouvrement_jours", 2),
        second_reader=reading.get("second_lecteur", False),
        sources=_sources(entry.get("sources", {"boamp": {}}), path),
        limits=limits(entry.get("limites", {}), f"{path.name} [limites]"),
        privacy=privacy(entry.get("vie_privee", {}), f"{path.name} [vie_privee]"),
        mail=mail_settings(entry["courriel"], path) if "courriel" in entry else None,
        hours=entry.get("heures", {}),
        passage=passage(entry.get("passage", {}), path),
        backup_folder=kept.get("dossier", "sauvegardes"),
        backups_kept=kept.get("garder", 8),
    )


def _sources(entry: dict[str, Any], path: Path) -> dict[str, SourceSettings]:
    from scanner.source import names

    sources = {}
    for name, block in entry.items():
        where = f"{path.name} [sources.{name}]"
        if name not in names():
            raise DataFileError(f"{where} : source inconnue ; sources connues : {', '.join(names())}.")
        seconds = ("delay", "patience", "timeout", "wait")
        known = {"base_url": str, "concurrency": int, "attempts": int, **dict.fromkeys((*seconds, "volume"), float)}
        checked = dict(only(block, where, {}, {**known, "fichier": str}))
        file = checked.pop("fichier", "")
        if file and not file.startswith(("http://", "https://")):
            file = str((path.parent / file).resolve())
        settings = SourceSettings(**checked, file=file)
        if settings.base_url and urlsplit(settings.base_url).scheme not in ("http", "https"):
            raise DataFileError(
                f"{where} : « base_url » vaut « {settings.base_url} », une adresse http:// ou https:// est attendue."
            )
        if settings.volume is not None and not 0 <= settings.volume <= 100:
            raise DataFileError(f"{where} : « volume » est une part du nombre d'avis habituel, de 0 à 100.")
        finite = all(0 <= getattr(settings, name) < inf for name in seconds) and settings.timeout > 0
        if not finite or settings.concurrency < 1 or settings.attempts < 1:
            raise DataFileError(
                f"{where} : « delay », « patience », « timeout » et « wait » sont positifs, « concurrency » et "
                "« attempts » valent au moins 1."
            )
        sources[name] = settings
    if not sources:
        raise DataFileError(f"{path.name} [sources] : aucune source, ajoutez [sources.boamp].")
    return sources


def _territory(entry: dict[str, Any], path: Path) -> Territory:
    where = f"{path.name} [territoire]"
    only(entry, where, {}, {"nom": str, "departements": list, "communes": list, "codes_postaux": list, "fichier": str})
    communes, postcodes = list(entry.get("communes", [])), list(entry.get("codes_postaux", []))
    if "fichier" in entry:
        kind, listed = _codes(path.parent / entry["fichier"])
        (communes if kind == "insee" else postcodes).extend(listed)
    codes = {
        "departements": (entry.get("departements", []), DEPARTEMENT, "« 01 » à « 95 », « 2A », « 2B », « 971 »…"),
        "communes": (communes, INSEE, "cinq caractères du code INSEE, « 34172 » ou « 2A004 »"),
        "codes_postaux": (postcodes, POSTCODE, "cinq chiffres, « 34000 »"),
    }
    checked = {}
    for key, (values, shape, accepted) in codes.items():
        checked[key] = texts(values, f"{where} « {key} »")
        for value in checked[key]:
            if not shape.match(value):
                raise DataFileError(f"{where} : « {key} » contient « {value} » ; valeurs admises : {accepted}.")
    name = (
        entry.get("nom") or ", ".join(checked["departements"]) or ("territoire choisi" if any(checked.values()) else "")
    )
    return Territory(
        name=name or "France entière",
        departements=checked["departements"],
        communes=checked["communes"],
        postcodes=checked["codes_postaux"],
    )


def _codes(path: Path) -> tuple[str, list[str]]:
    """The first column of a CSV, and what it holds: ``insee`` when its heading says so, otherwise ``postal``."""
    try:
        if path.stat().st_size > CODES_BYTES:
            raise DataFileError(f"{path} : plus de {CODES_BYTES // 1_000_000} Mo, ce n'est pas une liste de communes.")
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataFileError(f"{path} : liste de communes illisible, vérifiez « fichier » dans [territoire].") from error
    cells = [re.split(r"[;,\t]", line)[0].strip().strip('"') for line in lines if line.strip()]
    heading = cells.pop(0).lower() if cells and not INSEE.match(cells[0]) else ""
    if not cells:
        raise DataFileError(f"{path} : aucun code ; la première colonne porte un code postal ou INSEE par ligne.")
    return ("insee" if "insee" in heading else "postal"), cells


TEMPLATE = """\
# Configuration de la veille. Une erreur ici est signalée en une phrase par « scanner check ».
[veille]
contact = "{contact}"        # dit aux sources à qui écrire ; obligatoire
mission = "{mission}"
recouvrement_jours = 2       # jours déjà lus que chaque collecte relit

[territoire]
nom = "{nom}"
departements = [{departements}]   # vide = France entière ; « 01 », « 2A », « 974 »…
communes = []                # codes INSEE
codes_postaux = []
# fichier = "communes.csv"   # première colonne : codes postaux, ou INSEE si son titre est « insee »

[sources.boamp]
delay = 1.0                  # secondes entre deux requêtes
concurrency = 1

[sources.ted]                # marchés européens ; l'avis jumeau du BOAMP est reconnu
delay = 1.0
concurrency = 1

[sources.approch]            # projets d'achats de l'État, avant la publication de leur avis

[lecture]
second_lecteur = false       # true : un second lecteur propose « à vérifier » des phrases que les règles laissent

[sorties]
dossier = "."
adresse_publique = "https://exemple.invalid/veille/"   # où public/ sera hébergé : figure dans les flux

# Les hypothèses d'heures à vous (noms et bornes : scanner/opportunity/hours.yml).
# [heures]
# cout_horaire = 38.0          # euros, charges comprises
[passage]                    # « scanner watch » : quand lire la semaine qui vient de finir, heure de Paris
jour = "lundi"
heure = "07:00"
quotidien = false            # true : chaque jour, lit aussi la veille, sans publier
duree_max_minutes = 240      # au-delà, le passage est arrêté, et c'est dit
reprise_minutes = 120        # une source en défaut est redemandée le même jour, puis la semaine est publiée
reprises = 2
rattrapage_semaines = 12     # semaines manquées publiées au démarrage, la plus ancienne d'abord

[sauvegarde]                 # « scanner backup », et après chaque semaine publiée par « scanner watch »
dossier = "sauvegardes"
garder = 8
# [limites]                  # par avis ; ce qui dépasse est rejeté, compté et gardé en archive
# octets = 20000000
# valeurs = 1000000            # balises, champs et éléments
# profondeur = 100
# lots = 3000
# passages = 30000
# passage_caracteres = 1000000
# titre_caracteres = 20000
# secondes = 60

[vie_privee]
boites_personnelles = false  # true : montre aussi les adresses et mobiles qui paraissent personnels
conservation_mois = 0        # 0 = tout garder ; sinon « scanner conservation » efface ce qui est plus vieux

# La lettre par courriel : « scanner publish --mail » montre, « scanner publish --mail --envoyer » envoie.
# [courriel]
# expediteur = "veille@exemple.invalid"
# reponse = "contact@exemple.invalid"        # où arrivent les réponses
# facilitateur = "Maison de l'emploi, 00 00 00 00 00"   # à qui s'adresser, au pied de la lettre
# logo = "logo.png"
# serveur = "smtp.exemple.invalid"
# securite = "starttls"                      # ou « tls », ou « aucune » vers cet ordinateur seulement
# abonnes = "abonnes.csv"                    # adresse;edition;departements;metiers;type;nom
# desabonnement = "mailto:stop@exemple.invalid"
"""


def template(*, contact: str, mission: str, departements: tuple[str, ...]) -> str:
    """The text of a first ``veille.toml``; it reads back as it is."""
    quoted = ", ".join(f'"{code}"' for code in departements)
    name = ", ".join(departements) or "France entière"
    return TEMPLATE.format(contact=_bare(contact), mission=_bare(mission), nom=name, departements=quoted)


def _bare(text: str) -> str:
    """``text`` as it can stand between the quotes of a TOML string: on one line, without ``"`` nor backslash."""
    return " ".join(text.replace('"', "'").replace("\\", "/").split())
