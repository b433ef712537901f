"""What would a run stumble on? Settings and files of the user that are only opened late, looked at before anything."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from scanner.config import Config
from scanner.datafile import DataFileError
from scanner.source import AWARDS


def sound(config: Config) -> Config:
    """``config``, whose ``[heures]`` the appraisal will take. Raises DataFileError, one French sentence."""
    if config.hours:
        from scanner.opportunity.assumptions import assumptions

        assumptions(config.hours)
    return config


def stumbles(config: Config) -> Iterator[str]:
    """What would stop a run, or the letter: a French sentence each; for ``scanner check``."""
    yield from _subscribers(config)
    yield from _awards(config)
    yield from _folders(config)


def remarks(config: Config) -> tuple[str, ...]:
    """What is not understood in the list of subscribers, line by line: the others receive their letter."""
    return _known(config)[1]


def _subscribers(config: Config) -> Iterator[str]:
    said, _ = _known(config)
    if said:
        yield said


def _known(config: Config) -> tuple[str, tuple[str, ...]]:
    """Why the list of subscribers cannot be read, empty when it can; what of it is not understood."""
    from scanner.mailing.subscribers import subscribers

    if not (config.mail and config.mail.subscribers):
        return "", ()
    try:
        return "", subscribers(config.mail.subscribers).messages
    except DataFileError as error:
        return str(error), ()


def _awards(config: Config) -> Iterator[str]:
    """The file of awarded contracts is there; an address is only asked by a run."""
    known = config.sources.get(AWARDS)
    if known and known.file and not known.file.startswith(("http://", "https://")) and not Path(known.file).is_file():
        yield f"[sources.{AWARDS}] : « fichier » vaut « {known.file} », ce fichier n'existe pas ; corrigez le chemin."


def _folders(config: Config) -> Iterator[str]:
    for name, folder in (("sorties", config.folder), ("sauvegarde", config.backups)):
        place = next((one for one in (folder, *folder.parents) if one.exists()), folder)
        if not place.is_dir():
            yield f"[{name}] : « dossier » vaut « {folder} », or {place} n'est pas un dossier."
        elif not os.access(place, os.W_OK | os.X_OK):
            yield f"[{name}] : « dossier » vaut « {folder} », où rien ne peut être écrit ; vérifiez-en les droits."
