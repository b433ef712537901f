"""What does one run of the soak do, in a process of its own that is killed? Collect, read, publish, mail.

Imported by a fork server, once: every run then starts with the rules already read.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson

from scanner.config import Config
from scanner.issues import IssueLog
from scanner.mailing.post import mail
from scanner.notice import RawNotice
from scanner.run import read, run
from scanner.sample import week
from scanner.store import Store

MONDAY, SUNDAY, REFERENCE = date(2026, 11, 16), date(2026, 11, 22), date(2026, 11, 23)
#: What a process does to the disk or to others, as Python audits it.
EFFECTS = {
    "os.rename", "os.link", "os.mkdir", "os.remove", "os.rmdir", "ctypes.dlsym", "shutil.copystat",
    "subprocess.Popen", "smtplib.connect", "smtplib.send", "sqlite3.connect",
}  # fmt: skip


def play(config: Config, kill_at: int | None = None, told: Path | None = None) -> None:
    """One whole run, letters included; killed at effect number ``kill_at``, else they are counted in ``told``."""
    seen = count_effects(kill_at) if kill_at is not None or told else lambda: 0
    outcome = run(config, since=MONDAY, until=SUNDAY, today=REFERENCE)
    if config.mail:
        with Store.open(config.database) as store:
            mail(store, config, outcome.edition, really=True)
    if told:
        told.write_text(str(seen()))


def count_effects(kill_at: int | None) -> Callable[[], int]:
    """Counts what this process does from now on, and kills it just before effect ``kill_at``."""
    done = 0

    def effect(*_: Any) -> None:
        nonlocal done
        done += 1
        if done == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(sql: str) -> None:
        if sql.startswith(("BEGIN", "COMMIT")):
            effect()

    def audited(event: str, args: tuple[Any, ...]) -> None:
        if event in EFFECTS or (event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+")):
            effect()

    whole = sqlite3.connect

    def connect(*args: Any, **options: Any) -> sqlite3.Connection:
        base: sqlite3.Connection = whole(*args, **options)
        base.set_trace_callback(statement)
        return base

    sys.addaudithook(audited)
    sqlite3.connect = connect
    return lambda: done


def _warm() -> None:
    """Reads one notice, so that the rules are in memory."""
    record = week.records()[0]
    with Store.open(":memory:") as store:
        raw = RawNotice("boamp", record["idweb"], "", datetime(2026, 11, 16, tzinfo=UTC), orjson.dumps(record))
        store.archive([raw])
        read(store, store.unread(), IssueLog())


_warm()
