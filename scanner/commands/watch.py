"""``scanner watch``: how is the watch started, and how does it end?"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.commands.shared import DEFAULT, ConfigFile, read_config

if TYPE_CHECKING:
    from scanner.config import Config


def watch(
    once: Annotated[
        bool, typer.Option("--une-fois", help="Fait ce qui est dû (pour cron) et s'arrête, sans attendre.")
    ] = False,
    config: ConfigFile = DEFAULT,
) -> None:
    """Lit et publie chaque semaine, rattrape les semaines manquées, reprend une source en défaut ; ne s'arrête pas."""
    stop = threading.Event()
    for known in (signal.SIGTERM, signal.SIGINT):
        signal.signal(known, lambda *_: stop.set())
    from scanner.weekly.child import perform_apart
    from scanner.weekly.loop import Watch
    from scanner.weekly.loop import watch as go

    path = config.resolve()
    settings = read_config(config)
    environment = dict(os.environ)
    os.environ["TZ"] = "UTC"  # « schedule » counts in local time: an hour that comes twice would stop its ticks
    time.tzset()
    one = Watch(
        settings,
        lambda job: perform_apart(
            path, job, limit=settings.passage.limit, stopped=stop.is_set, environment=environment
        ),
        lambda: datetime.now(UTC),
        lambda said: typer.echo(said, err=True),
    )
    performed = go(one, stopped=stop.is_set, wait=stop.wait, once=once)
    last = one.state.last if one.state else None
    if stop.is_set():
        typer.echo("Veille arrêtée ; ce qui est commencé reprendra au prochain démarrage.", err=True)
    elif one.trouble:
        raise typer.Exit(2)
    elif performed and last and last.end not in ("published", "gathered", "busy"):
        raise typer.Exit(1)


def said_in_check(config: Config) -> Iterator[str]:
    """What ``scanner check`` tells of the watch: next run, last result, who is at work."""
    from scanner.weekly.lock import owner
    from scanner.weekly.state import lines, recall

    now = datetime.now(UTC)
    state = recall(config.private)
    if state is None:
        yield "La veille n'a jamais tourné ici : « scanner watch »."
    else:
        yield from lines(state, now)
    if who := owner(config.folder):
        yield f"Passage en cours : {who.told(now)}."
