"""Where is the watch? ``prive/etat.json`` and ``etat.html``: the next run, the last result, the tries under way."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

import orjson

from scanner.passage import DAYS
from scanner.weekly.agenda import PARIS, Chain, Memory

NAME = "etat.json"
PAGE = "etat.html"
#: Without a sign of life for so long after the next run was due, the watch is told to be silent.
SILENT = timedelta(hours=2)
_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
ENDS = {
    "published": "publié", "gathered": "lu, rien à publier", "degraded": "source en défaut, reprise prévue",
    "busy": "un autre passage était en cours", "failed": "échec", "late": "trop long, arrêté",
    "stopped": "interrompu",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Last:
    """One run: what it was (« semaine 2026-W47 »), when it ended, how, its degraded sources and its sentences."""

    what: str
    ended: datetime
    end: str
    degraded: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """Everything the watch says of itself; ``next`` is when it will look again for something to do."""

    written: datetime
    next: datetime
    what: str
    memory: Memory = Memory()  # noqa: RUF009  # frozen
    last: Last | None = None
    published: Last | None = None
    notes: tuple[str, ...] = ()


def moment(instant: datetime) -> str:
    """« lundi 23 novembre 2026 à 07:00 », in Paris."""
    here = instant.astimezone(PARIS)
    return f"{DAYS[here.weekday()]} {here.day} {_MONTHS[here.month - 1]} {here.year} à {here:%H:%M}"


def lines(state: State, now: datetime) -> tuple[str, ...]:
    """What to tell of the watch, in French, the next run first."""
    said = [f"Prochain passage : {moment(state.next)} (heure de Paris), {state.what}."]
    if now - state.next > SILENT:
        said.insert(0, f"La veille ne donne plus signe de vie depuis le {moment(state.written)} : relancez-la.")
    for title, last in (("Dernier passage", state.last), ("Dernière publication", state.published)):
        if last and not (title == "Dernière publication" and last == state.last):
            said.append(f"{title} : {last.what}, le {moment(last.ended)} : {ENDS.get(last.end, last.end)}.")
    if state.last:
        if state.last.degraded:
            said.append(f"Sources en défaut : {', '.join(state.last.degraded)}.")
        said += state.last.told
    return (*said, *state.notes)


def save(folder: Path, state: State) -> None:
    """Writes both files whole, or leaves the former ones. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    said = lines(state, state.written)
    told = {**asdict(state), "lignes": said}
    _whole(folder / NAME, orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")
    _whole(folder / PAGE, _page(said, state.written).encode())


def recall(folder: Path) -> State | None:
    """The state as it was saved; None when there is none that can be read: the watch then begins afresh."""
    try:
        told = orjson.loads((folder / NAME).read_bytes())
        return State(
            written=datetime.fromisoformat(told["written"]),
            next=datetime.fromisoformat(told["next"]),
            what=str(told["what"]),
            memory=_memory(told["memory"]),
            last=_last(told["last"]),
            published=_last(told["published"]),
            notes=tuple(map(str, told["notes"])),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _memory(told: dict[str, Any]) -> Memory:
    chain = told["chain"]
    return Memory(
        chain=chain
        and Chain(
            sunday=date.fromisoformat(chain["sunday"]),
            day=date.fromisoformat(chain["day"]),
            tries=int(chain["tries"]),
            after=datetime.fromisoformat(chain["after"]),
            mode=chain["mode"],
        ),
        daily=told["daily"] and date.fromisoformat(told["daily"]),
    )


def _last(told: dict[str, Any] | None) -> Last | None:
    if not told:
        return None
    ended = datetime.fromisoformat(told["ended"])
    return Last(str(told["what"]), ended, str(told["end"]), tuple(told["degraded"]), tuple(told["told"]))


def _page(said: tuple[str, ...], written: datetime) -> str:
    items = "\n".join(f"<li>{escape(line)}</li>" for line in said)
    return (
        '<!doctype html>\n<html lang="fr"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<title>État de la veille</title>\n"
        "<style>body{font:1rem/1.5 sans-serif;max-width:45rem;margin:2rem auto;padding:0 1rem}</style></head>\n"
        f"<body><main><h1>État de la veille</h1>\n<ul>\n{items}\n</ul>\n"
        f"<p>Écrit le {escape(moment(written))} (heure de Paris).</p></main></body></html>\n"
    )


def _whole(path: Path, body: bytes) -> None:
    draft = path.with_name(path.name + ".part")
    draft.write_bytes(body)
    draft.replace(path)
