"""Whom to call, for which contract, and with which structures? The commands ``buyers``, ``renewals`` and ``supply``."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scanner.commands.shared import DEFAULT, ConfigFile, JsonLines, UsageError, open_store, read_config

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scanner.private import Leads

supply = typer.Typer(no_args_is_help=True, help="Les structures d'insertion et du secteur adapté que vous connaissez.")
Sheet = Annotated[bool, typer.Option("--csv", help="Un CSV, à ouvrir dans un tableur.")]
Many = Annotated[int, typer.Option("--nombre", min=1, help="Combien en montrer, sans --json ni --csv.")]


def buyers(as_json: JsonLines = False, as_csv: Sheet = False, many: Many = 20, config: ConfigFile = DEFAULT) -> None:
    """Les acheteurs à approcher, dans l'ordre des appels : pourquoi chacun est là, et que lui dire d'abord."""
    _tell("acheteurs", as_json, as_csv, many, config)


def renewals(
    as_json: JsonLines = False,
    as_csv: Sheet = False,
    many: Many = 20,
    agenda: Annotated[Path | None, typer.Option("--ics", help="Écrit l'agenda des appels dans ce fichier.")] = None,
    config: ConfigFile = DEFAULT,
) -> None:
    """Les marchés qui s'achèvent : fin probable, quand appeler l'acheteur, et que lui dire."""
    if agenda is not None:
        from feeds.calendar import calendar

        _, ending = _leads(config)
        agenda.write_bytes(calendar(ending, reference=date.today(), name="Renouvellements à préparer"))
        typer.echo(f"{agenda} : {sum(one.first_call is not None for one in ending)} marché(s) dont la fin est connue.")
        return
    _tell("renouvellements", as_json, as_csv, many, config)


@supply.command("import")
def import_(file: Annotated[Path, typer.Argument(metavar="FICHIER")], config: ConfigFile = DEFAULT) -> None:
    """Garde un annuaire de structures (CSV, dont l'export du Marché de l'inclusion) à la place du précédent."""
    from scanner.opportunity.supply import read_structures
    from scanner.shelves.appreciations import save_structures

    settings = read_config(config)
    found, messages = read_structures(file)
    for message in messages:
        typer.echo(message, err=True)
    if not found:
        raise UsageError(f"{file} : aucune structure comprise, l'annuaire précédent est gardé.")
    settings.folder.mkdir(parents=True, exist_ok=True)
    with _made(settings) as store:
        kept, before = save_structures(store, found)
    typer.echo(
        f"{file} : {kept} structures gardées (l'annuaire précédent en avait {before}) ; "
        "les leviers seront revus au prochain « scanner run »."
    )
    raise typer.Exit(1 if messages else 0)


@supply.command("liste")
def list_(as_json: JsonLines = False, config: ConfigFile = DEFAULT) -> None:
    """Montre les structures connues."""
    import orjson

    from scanner.shelves.appreciations import structures

    with open_store(read_config(config)) as store:
        found = structures(store)
    for one in found:
        zone = "France entière" if one.everywhere else ", ".join(one.departements) or "zone inconnue"
        trades = ", ".join(one.sectors) or "métiers inconnus"
        typer.echo(orjson.dumps(one).decode() if as_json else f"{one.name} ({one.kind}) — {trades} — {zone}")
    if not found and not as_json:
        typer.echo("Aucune structure : importez un annuaire avec « scanner supply import FICHIER ».")


def _made(settings: Any) -> Any:
    """The store, created when it does not exist yet: a directory may come before the first run."""
    from scanner.store import Store

    return Store.open(settings.database)


def _leads(config: Path) -> Leads:
    from scanner.appraise import approach

    settings = read_config(config)
    with open_store(settings) as store:
        return approach(store, settings, today=date.today())


def _tell(name: str, as_json: bool, as_csv: bool, many: int, config: Path) -> None:
    import orjson

    from feeds import leads

    if as_json and as_csv:
        raise UsageError("choisissez --json ou --csv.")
    found = _leads(config)
    asked: Sequence[Any] = found[0] if name == "acheteurs" else found[1]
    if as_json:
        for one in asked:
            typer.echo(orjson.dumps(one).decode())
    elif as_csv:
        typer.echo(leads.files(*found, date.today())[f"{name}.csv"], nl=False)
    else:
        lines = leads.buyer_lines(found[0]) if name == "acheteurs" else leads.renewal_lines(found[1])
        for title, text, _ in lines[:many]:
            typer.echo(f"{title}\n    {text}")
        more = len(lines) - many
        if not lines:
            typer.echo(
                "Rien à montrer : lancez « scanner run », et « scanner decp FICHIER » pour les marchés attribués."
            )
        elif more > 0:
            typer.echo(f"… et {more} de plus : --nombre, ou --csv pour tout.")
