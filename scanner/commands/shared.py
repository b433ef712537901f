"""What do all commands share? Option types, the mistake of a user, and how settings, database and lock are met."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from scanner.config import Config

ConfigFile = Annotated[Path, typer.Option("--config", "-c", help="Fichier de configuration.")]
Day = Annotated[str, typer.Option(help="Jour de parution, AAAA-MM-JJ.")]
JsonLines = Annotated[bool, typer.Option("--json", help="Une ligne JSON par résultat.")]
Processes = Annotated[int, typer.Option("--processus", min=1, help="Nombre de processus qui lisent les avis.")]
DEFAULT = Path("veille.toml")


class UsageError(Exception):
    """A mistake of the user: one French sentence, exit status 2."""


def read_config(path: Path) -> Config:
    """The settings in ``path``. UsageError when there is no such file, DataFileError when it is wrong."""
    from scanner.config import read
    from scanner.preflight import sound

    if not path.exists():
        raise UsageError(f"{path} n'existe pas : lancez d'abord « scanner init ».")
    return sound(read(path))


def open_store(config: Config) -> Any:
    """The open ``Store`` of these settings. UsageError when there is none yet."""
    from scanner.store import Store

    if not config.database.exists():
        raise UsageError(f"{config.database} n'existe pas : lancez d'abord « scanner run ».")
    return Store.open(config.database)


@contextmanager
def one_at_a_time(config: Config, task: str) -> Iterator[None]:
    """The lock of the folder, for as long as the ``task`` lasts. UsageError naming the owner when it is taken."""
    from scanner.weekly.lock import Busy, held

    config.folder.mkdir(parents=True, exist_ok=True)
    try:
        with held(config.folder, task) as told:
            if told:
                typer.echo(told, err=True)
            yield
    except Busy as error:
        raise UsageError(str(error)) from error
