"""Who sends the letter, and through which server? The block [courriel] of ``veille.toml``, checked strictly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from scanner.datafile import DataFileError, only

#: One ordinary address, in ASCII: what every server accepts, and nothing that could add a header or a command.
ADDRESS = re.compile(
    r"(?=.{3,254}\Z)[A-Za-z0-9_][A-Za-z0-9!#$%&'*+/=?^_`{|}~-]{0,63}(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]\Z"
)
SERVER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\Z|[0-9a-fA-F:]*::[0-9a-fA-F:.]*\Z")
_BARE = re.compile(r"[!-;=?-~]+\Z")
#: A logo travels in every letter.
LOGO_LIMIT = 200_000
_PORTS = {"starttls": 587, "tls": 465, "aucune": 25}
_MAIL_TEXTS = ("reponse", "logo", "facilitateur", "serveur", "securite", "abonnes", "desabonnement")


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The block [courriel]: who writes the letter, to which file of subscribers, through which server.

    ``security`` is starttls, tls, or aucune for a server of this computer. ``unsubscribe`` is a mailto: or https:
    address. The user name and password are never here: they come from the environment.
    """

    sender: str = ""
    reply_to: str = ""
    facilitator: str = ""
    unsubscribe: str = ""
    logo: Path | None = None
    subscribers: Path | None = None
    server: str = ""
    port: int = 587
    security: str = "starttls"


def mail_settings(entry: dict[str, Any], path: Path) -> MailSettings:
    """The block [courriel] of the file ``path``. Raises DataFileError: one French sentence naming key and value."""
    where = f"{path.name} [courriel]"
    kinds: dict[str, type] = {**dict.fromkeys(_MAIL_TEXTS, str), "port": int}
    only(entry, where, {"expediteur": str}, kinds)
    security = entry.get("securite", "starttls")
    if security not in _PORTS:
        raise DataFileError(
            f"{where} : « securite » vaut « {_plain(security)} » ; valeurs admises : {', '.join(_PORTS)}."
        )
    server, port = entry.get("serveur", ""), entry.get("port", _PORTS[security])
    if "serveur" in entry and not SERVER.match(server):
        raise DataFileError(
            f"{where} : « serveur » vaut « {_plain(server)} », un nom comme « smtp.exemple.fr » est attendu."
        )
    if not 1 <= port <= 65535:
        raise DataFileError(f"{where} : « port » vaut {port}, il va de 1 à 65535.")
    if security == "aucune" and server and not _loopback(server):
        raise DataFileError(
            f"{where} : « securite » vaut « aucune » pour le serveur « {server} » ; ce n'est admis que pour cet "
            "ordinateur (« localhost »), écrivez « starttls » ou « tls »."
        )
    return MailSettings(
        sender=_address(entry["expediteur"], "expediteur", where),
        reply_to=_address(entry["reponse"], "reponse", where) if "reponse" in entry else "",
        facilitator=entry.get("facilitateur", ""),
        unsubscribe=_unsubscribe(entry.get("desabonnement", ""), where),
        logo=_logo(path.parent / entry["logo"], where) if "logo" in entry else None,
        subscribers=(path.parent / entry.get("abonnes", "abonnes.csv")).resolve(),
        server=server,
        port=port,
        security=security,
    )


def _address(value: str, key: str, where: str) -> str:
    if not ADDRESS.match(value):
        raise DataFileError(
            f"{where} : « {key} » vaut « {_plain(value)} », une adresse de messagerie comme « veille@exemple.fr » "
            "est attendue."
        )
    return value


def _unsubscribe(value: str, where: str) -> str:
    kind, _, rest = value.partition(":")
    if not value or (kind == "mailto" and ADDRESS.match(rest.partition("?")[0]) and _BARE.match(rest)):
        return value
    if ADDRESS.match(value):
        return f"mailto:{value}"
    if kind == "https" and urlsplit(value).hostname and _BARE.match(value):
        return value
    raise DataFileError(
        f"{where} : « desabonnement » vaut « {_plain(value)} », une adresse mailto: ou https: est attendue."
    )


def _logo(path: Path, where: str) -> Path:
    if path.suffix.lower() not in (".png", ".jpg", ".jpeg", ".gif"):
        raise DataFileError(
            f"{where} : « logo » vaut « {_plain(path.name)} », une image PNG, JPEG ou GIF est attendue."
        )
    if not path.is_file():
        raise DataFileError(f"{where} : « logo » vaut « {_plain(path.name)} », ce fichier n'existe pas.")
    if path.stat().st_size > LOGO_LIMIT:
        raise DataFileError(f"{where} : « logo » pèse plus de {LOGO_LIMIT // 1000} ko, réduisez l'image.")
    return path.resolve()


def _loopback(server: str) -> bool:
    try:
        return server == "localhost" or ip_address(server).is_loopback
    except ValueError:
        return False


def _plain(value: str) -> str:
    """A value as it can stand in a sentence: on one line."""
    return " ".join(value.split())[:120]
