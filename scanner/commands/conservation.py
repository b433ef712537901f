"""``scanner conservation``: what is older than the setting, and its erasure on request."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from scanner.commands.shared import DEFAULT, ConfigFile, open_store, read_config


def conservation(
    erase: Annotated[bool, typer.Option("--effacer", help="Efface vraiment ; sans cela, rien n'est effacé.")] = False,
    config: ConfigFile = DEFAULT,
) -> None:
    """Dit ce qui dépasse « conservation_mois » : versions, lettres, suivi ; --effacer l'efface."""
    from scanner.shelves.retention import first_kept, old

    settings = read_config(config)
    months = settings.privacy.months
    if not months:
        typer.echo("Tout est gardé : « conservation_mois » vaut 0 dans [vie_privee], rien n'est effacé.")
        return
    before = first_kept(date.today(), months)
    with open_store(settings) as store:
        found = old(store, before, erase=erase)
    told = ", ".join(f"{one.rows} {one.told}" for one in found)
    done = "effacées" if erase else "à effacer (ajoutez --effacer)"
    typer.echo(f"Avant le {before:%d/%m/%Y} ({months} mois gardés) : {told}, {done}.")
