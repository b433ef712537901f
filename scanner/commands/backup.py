"""``scanner backup``: how is a copy of the database asked for?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scanner.commands.shared import DEFAULT, ConfigFile, read_config


def backup(
    folder: Annotated[Path | None, typer.Argument(metavar="[DOSSIER]", help="Sinon, celui de [sauvegarde].")] = None,
    config: ConfigFile = DEFAULT,
) -> None:
    """Copie la base, même pendant un passage, vérifie la copie et garde les dernières ; n'écrase jamais rien."""
    from scanner.backup import backup as copy

    settings = read_config(config)
    made = copy(settings.database, folder or settings.backups, keep=settings.backups_kept)
    removed = f" ; {len(made.removed)} plus ancienne(s) effacée(s)" if made.removed else ""
    typer.echo(f"{made.path} : copie intègre de {made.size / 1e6:.1f} Mo{removed}.")
