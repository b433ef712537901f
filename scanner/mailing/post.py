"""How are the letters sent? Once a week, an edition and a person: the intent is committed before each hand-over.

A hand-over that was never confirmed stays « à confirmer », is told at each run, and is repeated only on request,
under the same Message-ID.
"""

from __future__ import annotations

import csv
import io
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from feeds import put
from feeds.eml import More, eml, message_id, names
from feeds.entry import clean, count
from feeds.letter import Letter
from scanner.config import Config
from scanner.datafile import DataFileError
from scanner.edition import Edition
from scanner.mail_settings import MailSettings
from scanner.mailing.smtp import ConnectionLost, MailError, announce, connection, give
from scanner.mailing.subscribers import subscribers
from scanner.readership import Reader
from scanner.spare import EVERYBODY, reason, spared
from scanner.store import Store

#: Hand-overs without an answer, one after the other, after which the server is left in peace.
LOST = 3
_COLUMNS = ("semaine", "edition", "adresse", "statut", "intention", "suite", "tentatives", "message_id", "detail")
_TOLD = {
    "": "à envoyer", "à confirmer": "envoi incertain", "envoyé": "déjà envoyé", "refusé": "déjà refusé",
    "différé": "à envoyer, refus provisoire",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Post:
    """The letter of one reader: its file, its message, and what became of it so far (``status`` of ``envois``)."""

    file: str
    reader: Reader
    subject: str
    body: bytes
    identity: str
    status: str

    @property
    def told(self) -> str:
        size = max(1, len(self.body) // 1000)
        return f"{_TOLD[self.status]} : {self.reader.address} — {self.reader.edition} — « {self.subject} » ({size} ko)"


@dataclass(slots=True)
class Report:
    """What to tell, line by line. Exit ``status`` is 1 when a letter was refused, put off or is uncertain."""

    lines: list[str] = field(default_factory=list)
    sent: int = 0
    failed: int = 0

    @property
    def status(self) -> int:
        return int(self.failed > 0)


def mail(
    store: Store,
    config: Config,
    edition: Edition,
    *,
    really: bool = False,
    again: str = "",
    more: More | None = None,
    context: ssl.SSLContext | None = None,
) -> Report:
    """Writes the letters of ``edition`` into ``prive/lettres`` and tells who receives what.

    ``really`` sends those that never were; ``again`` sends anew the uncertain or refused letter of one address, and
    nothing else. DataFileError on a mistake of configuration, MailError when the server cannot be used.
    """
    settings = _settings(config)
    found = subscribers(settings.subscribers) if settings.subscribers else None
    readers = found.readers if found else ()
    report = Report([*(found.messages if found else ())])
    posts = prepare(store, edition, readers, settings, more, report)
    write(config.private / "lettres", edition, posts)
    wanted = _again(posts, again) if again else [post for post in posts if post.status in ("", "différé")]
    report.lines += [post.told for post in posts if again == "" or post in wanted]
    report.lines += _older(store, edition)
    if not (really or again):
        report.lines.append(f"À blanc : {_letters(len(wanted))} à envoyer, rien n'est parti (ajoutez --envoyer).")
        return report
    if not settings.server:
        raise DataFileError("[courriel] : « serveur » manque, ajoutez-le pour envoyer (« smtp.exemple.fr »).")
    try:
        if wanted:
            send(store, edition, wanted, settings, report, again=bool(again), context=context)
    except MailError as error:
        report.failed += 1
        report.lines.append(f"Arrêt : {error}")
    finally:
        journal(store, config.private / "envois.csv")
    report.lines.append(f"{_letters(report.sent)} envoyée{'s' * (report.sent > 1)}.")
    return report


def prepare(
    store: Store,
    edition: Edition,
    readers: Sequence[Reader],
    settings: MailSettings,
    more: More | None = None,
    report: Report | None = None,
) -> list[Post]:
    """The letter of each reader, with what became of it; one already tried keeps its Message-ID.

    An item that a letter refuses is left out of it, which says so; a letter that cannot be made is told to ``report``.
    """
    known = {(row["edition"], row["adresse"]): row for row in store.letters() if row["semaine"] == edition.week}
    logo = settings.logo.read_bytes() if settings.logo else b""
    posts = []
    for file, reader in names(edition, readers).items():
        row: Mapping[str, Any] = known.get((reader.edition, reader.address), {})
        identity = row.get("message_id") or message_id(edition, reader, settings)
        make = partial(_made, reader=reader, settings=settings, logo=logo, more=more, identity=identity)
        try:
            _, (letter, body) = spared(edition, make)
        except EVERYBODY:
            raise
        except Exception as error:
            if report is None:
                raise
            report.failed += 1
            report.lines.append(f"lettre impossible : {reader.address} — {reader.edition} ({reason(error)})")
            continue
        posts.append(Post(file, reader, letter.subject, body, identity, row.get("statut", "")))
    return posts


def _made(
    edition: Edition, reader: Reader, settings: MailSettings, logo: bytes, more: More | None, identity: str
) -> tuple[Letter, bytes]:
    lines = more(reader) if more else None
    return eml(edition, reader, settings=settings, logo=logo, more=lines, identity=identity)


def write(folder: Path, edition: Edition, posts: Sequence[Post]) -> None:
    """Writes the messages of the week into ``folder``, and takes away those of people who left the list."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in set(folder.glob(f"{edition.week}-*.eml")) - {folder / post.file for post in posts}:
        stale.unlink()
    for post in posts:
        put(folder / post.file, post.body)


def send(
    store: Store,
    edition: Edition,
    posts: Sequence[Post],
    settings: MailSettings,
    report: Report,
    *,
    again: bool = False,
    context: ssl.SSLContext | None = None,
) -> None:
    """Hands the letters over one by one and writes what the server answers. MailError when it cannot be used."""
    waiting, unanswered = list(posts), 0
    while waiting:
        done = 0
        with connection(settings, context) as server:
            while waiting:
                try:
                    outcome, detail = _hand_over(store, edition, waiting[0], settings, server, again=again)
                except ConnectionLost as error:
                    if not done:
                        raise MailError(f"{error} ; relancez la même commande.") from error
                    break  # many servers take a few letters a connection: a new one for the rest
                _tell(report, waiting.pop(0), outcome, detail)
                done += 1
                unanswered = unanswered + 1 if outcome == "à confirmer" else 0
                if unanswered == LOST:
                    raise MailError(f"le serveur ne répond plus après {LOST} remises ; vérifiez-le avant de relancer.")
                if unanswered:
                    break


def _hand_over(
    store: Store, edition: Edition, post: Post, settings: MailSettings, server: smtplib.SMTP, *, again: bool
) -> tuple[str, str]:
    """What became of one letter, and the answer of the server.

    The intent is committed between the addresses and the message. Before it, a lost connection leaves no doubt; after
    it, only an answer of the server ends the doubt.
    """
    key = (edition.week, post.reader.edition, post.reader.address)
    answer = announce(server, settings.sender, post.reader.address)
    if not store.intend(*key, post.identity, again=again):
        return "", "déjà prise par un autre passage"
    if answer.taken:
        given = give(server, post.body)
        if given is None:
            return "à confirmer", "aucune réponse du serveur"
        answer = given
    outcome = "envoyé" if answer.taken else "différé" if answer.later else "refusé"
    store.settle_letter(*key, outcome, answer.text)
    return outcome, answer.text


def _tell(report: Report, post: Post, outcome: str, detail: str) -> None:
    report.sent += outcome == "envoyé"
    report.failed += outcome in ("à confirmer", "refusé", "différé")
    advice = {
        "à confirmer": f"envoi incertain, ne sera pas répété (sauf --renvoyer {post.reader.address})",
        "différé": "refus provisoire, repris au prochain envoi",
    }.get(outcome, outcome or "non envoyé")
    report.lines.append(f"{advice} : {post.reader.address} — {post.reader.edition} ({detail})")


def _settings(config: Config) -> MailSettings:
    if config.mail is None:
        raise DataFileError("le bloc [courriel] manque dans veille.toml : ajoutez-le, avec au moins « expediteur ».")
    return config.mail


def _again(posts: Sequence[Post], address: str) -> list[Post]:
    """The letters of one address that may be sent anew. MailError when there is none."""
    mine = [post for post in posts if post.reader.address == address.strip().lower()]
    wanted = [post for post in mine if post.status in ("à confirmer", "refusé", "différé")]
    if not wanted:
        state = ", ".join(_TOLD[post.status] for post in mine) or "aucune lettre cette semaine"
        raise MailError(f"--renvoyer {clean(address)} : {state} ; seule une lettre incertaine ou refusée se renvoie.")
    return wanted


def _older(store: Store, edition: Edition) -> list[str]:
    """The uncertain letters of other weeks: never forgotten, never repeated by themselves."""
    return [
        f"envoi incertain : {row['adresse']} — {row['edition']} — {row['semaine']} (autre semaine, voir --until)"
        for row in store.letters()
        if row["statut"] == "à confirmer" and row["semaine"] != edition.week
    ]


def journal(store: Store, path: Path) -> None:
    """Writes what became of every letter into ``path``, for the mission alone: CSV, UTF-8 with BOM, semicolons."""
    text = io.StringIO()
    rows = csv.writer(text, delimiter=";", lineterminator="\r\n")
    rows.writerow(_COLUMNS)
    rows.writerows([row[name] for name in _COLUMNS] for row in store.letters())
    put(path, text.getvalue().encode("utf-8-sig"))


def _letters(number: int) -> str:
    return count(number, "lettre", "lettres")
