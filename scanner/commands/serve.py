"""How is the result looked at here? ``scanner serve``: site and database, read-only, for this machine alone."""

from __future__ import annotations

import signal
import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

ConfigFile = Annotated[Path, typer.Option("--config", "-c", help="Fichier de configuration.")]
#: Milliseconds: a watch of several years is counted on an ordinary machine.
_SETTINGS = {
    "base_url": "/base/", "sql_time_limit_ms": 5000, "facet_time_limit_ms": 1000, "suggest_facets": False,
    "allow_download": False, "default_page_size": 50,
}  # fmt: skip


def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port ; 0 = un port libre.")] = 8001,
    host: Annotated[str, typer.Option("--hote", help="Adresse de boucle locale, et aucune autre.")] = "127.0.0.1",
    public: Annotated[bool, typer.Option("--publique", help="La base publique, sans ce qui est privé.")] = False,
    config: ConfigFile = Path("veille.toml"),
) -> None:
    """Montre le site et la base sur cette machine seulement, sans rien pouvoir y changer ; Ctrl-C arrête."""
    from scanner.commands.shared import UsageError, read_config
    from scanner.served import BASE, loopback
    from scanner.shelves.public_database import NAME, public_metadata
    from scanner.store import metadata

    settings = read_config(config)
    address = loopback(host)
    if address is None:
        raise UsageError(
            f"--hote vaut « {host} » : la base peut contenir des données privées, seule une adresse de boucle locale "
            "(127.0.0.1, ::1, localhost) est admise. Pour publier, hébergez le dossier public."
        )
    database = settings.public / NAME if public else settings.database
    if not database.exists():
        raise UsageError(f"{database} n'existe pas : lancez d'abord « scanner run ».")
    app = application(settings.public, database, public_metadata() if public else metadata())
    with closing(_listening(address, port)) as listening:
        shown = f"http://{f'[{address}]' if ':' in address else address}:{listening.getsockname()[1]}"
        typer.echo(f"Site : {shown}/\nBase de données : {shown}{BASE}{database.stem}")
        typer.echo("En lecture seule, sur cette machine seulement. Ctrl-C pour arrêter.")
        _until_stopped(app, listening)
    typer.echo("Arrêté.")


def application(public: Path, database: Path, described: dict[str, Any]) -> Any:
    """The ASGI application of the site in ``public`` and of ``database``. UsageError when it cannot be read."""
    from datasette.app import Datasette

    from scanner.served import served

    kept_open = {"files" if _is_live(database) else "immutables": [str(database)]}
    database_app = Datasette(**kept_open, metadata=described, settings=_SETTINGS).app()
    _quieten()
    return served(public, database_app)


def _quieten() -> None:
    """The page says what is wrong with a query: no trace of hundreds of lines on the terminal."""
    from datasette import handle_exception  # after datasette.app, which registers it

    handle_exception.rich = None


def _is_live(database: Path) -> bool:
    """Whether the database can be followed while a run writes it; on a disk that is read-only, it is frozen."""
    from scanner.commands.shared import UsageError

    for live in (True, False):
        try:
            with closing(sqlite3.connect(f"{database.absolute().as_uri()}?{_OPENED[live]}", uri=True)) as conn:
                conn.execute("SELECT count(*) FROM sqlite_master").fetchone()
            return live
        except sqlite3.OperationalError as error:
            said: sqlite3.Error = error
        except sqlite3.DatabaseError as error:
            said = error
            break
    raise UsageError(f"{database} ne s'ouvre pas comme base SQLite ({said}) ; restaurez une sauvegarde.")


_OPENED = {True: "mode=ro", False: "immutable=1"}


def _listening(address: str, port: int) -> socket.socket:
    from scanner.commands.shared import UsageError

    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family)
    except OSError as error:
        raise UsageError(
            f"{address}, port {port} : impossible d'y écouter ({error.strerror}) ; choisissez-en un autre avec --port."
        ) from error


def _until_stopped(app: Any, listening: socket.socket) -> None:
    """Answers until Ctrl-C or SIGTERM, then finishes the answers under way (five seconds at most)."""
    import uvicorn  # the server that datasette depends on

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    former = {one: signal.signal(one, stop) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        settings = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=5, server_header=False)
        uvicorn.Server(settings).run(sockets=[listening])
    except KeyboardInterrupt:  # the server gives the signal back once it has stopped
        pass
    finally:
        for one, handler in former.items():
            signal.signal(one, handler)
