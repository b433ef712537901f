"""Which figures does a mission publish each year? ``scanner observatory``: the page, or the rows on the screen."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

ConfigFile = Annotated[Path, typer.Option("--config", "-c", help="Fichier de configuration.")]


def observatory(
    year: Annotated[int, typer.Option("--year", min=1990, max=2100, help="L'année ; sinon, l'année passée.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Une ligne JSON par ligne de tableau.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Les lignes en CSV, sur la sortie.")] = False,
    config: ConfigFile = Path("veille.toml"),
) -> None:
    """Compte l'année : consultations, lots, heures, par dispositif, métier, acheteur, département ; écrit la page."""
    import orjson

    from feeds.observatory import key_figures, rows, sheet, warnings
    from scanner.commands.shared import UsageError, open_store, read_config
    from scanner.observe import observe, publish_observatory

    if as_json and as_csv:
        raise UsageError("choisissez --json ou --csv.")
    settings = read_config(config)
    with open_store(settings) as store:
        found = observe(store, settings, year or date.today().year - 1)
    if as_json:
        for row in rows(found):
            typer.echo(orjson.dumps(row).decode())
    elif as_csv:
        typer.get_binary_stream("stdout").write(sheet(found))
    else:
        written = publish_observatory(found, settings)
        for told in (*key_figures(found), *warnings(found)):
            typer.echo(f"- {told}")
        typer.echo(f"À ouvrir : {written[0]} ({len(written)} fichiers).")
