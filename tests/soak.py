"""Does the watch end right whatever happens? Runs of a week against the fault replica, killed -9, ended by a clean one.

``python -m tests.soak [series] [seed]``: a run is killed at each of its effects on the disk, the database and the mail
server in turn (one in ten of them), then each series is one to three runs that suffer faults of sources and a kill at a
random moment, then one clean run. Its canonical dump and its public files must be those of a week without trouble, and
nobody may have received two letters. Every draw comes from the seed, which is printed.

A tender keeps the identity it was first published under, which a run cut short may have minted from another of its
notices. The dump names each tender after its first notice; where the identity differs, the public files must be those
of their own database, and become those of the clean week once that database names its tenders like the dump.
"""

from __future__ import annotations

import difflib
import multiprocessing
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from scanner.config import Config, SourceSettings
from scanner.mail_settings import MailSettings
from scanner.run import collect, publish
from scanner.sample import awards, projects, replica, ted, week
from scanner.sample.faults import FAULTS, Faulty, Plan, faulty
from scanner.store import Store
from tests.scanner.test_mail import Box, office
from tests.soak_child import MONDAY, REFERENCE, SUNDAY, play

PEOPLE = ("mission@exemple.fr;mission;;;;", "ea@exemple.fr;structure;;;EA;")
#: Seconds: a clean run is patient, a run that suffers is not, so that a soak does not last a night.
PATIENT = {"timeout": 30.0, "wait": 0.5, "attempts": 6}
HASTY = {"timeout": 0.8, "wait": 0.05, "attempts": 3, "patience": 3.0}

context = multiprocessing.get_context("forkserver")
context.set_forkserver_preload(["tests.soak_child"])


@dataclass
class Week:
    """A week that is served, the office that takes letters, and what a run without trouble makes of both."""

    proxy: Faulty
    box: Box
    config: Config
    dump: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    seconds: float = 0.0

    def settings(self, folder: Path, **asked: Any) -> Config:
        """The configuration of a run into ``folder``, its sources asked with this patience."""
        (folder / "abonnes.csv").write_text("\n".join(["adresse;edition;departements;metiers;type;nom", *PEOPLE, ""]))
        sources = {name: one if one.file else replace(one, **asked) for name, one in self.config.sources.items()}
        assert self.config.mail
        letters = replace(self.config.mail, subscribers=folder / "abonnes.csv")
        return replace(self.config, folder=folder, sources=sources, mail=letters)


def ten() -> list[dict[str, Any]]:
    """Ten records of the sample week: written cases, what becomes of some calls, a twin, a broken record."""
    records = week.records()
    stories = {story["kind"]: story for story in week.stories()}.values()
    ranks = {*sorted(week.cases())[:3], 12, *(one["rank"] for one in stories), *(one["of"] for one in stories)}
    broken = [one for one in records if one["idweb"] is None]
    return [records[rank] for rank in sorted(ranks)] + broken


@contextmanager
def served(folder: Path, *, whole: bool = False, without: Sequence[str] = ()) -> Iterator[Week]:
    """The week (ten records of it unless ``whole``) behind its proxy, played once without trouble."""
    twins = [one for one in ted.notices() if whole or one.twin in ("26-110012", "")][: 10 if whole else 3]
    others = {projects.DATASET: projects.records(SUNDAY)} if whole else {}
    with ExitStack() as stack:
        records = week.records() if whole else ten()
        server = stack.enter_context(replica.serve(records, others=others, ted_notices=twins))
        proxy = stack.enter_context(faulty(server))
        box = Box()
        port = stack.enter_context(office(box))
        sources = {
            "boamp": SourceSettings(base_url=proxy.url(server.base_url), delay=0.0, concurrency=2),
            "ted": SourceSettings(base_url=proxy.url(server.ted_url), delay=0.0, concurrency=2),
            "decp": SourceSettings(file=str(awards.write(folder / "decp.csv").resolve())),
        }
        if whole:
            sources["approch"] = SourceSettings(base_url=proxy.url(server.url(projects.DATASET)), delay=0.0)
        sources = {name: one for name, one in sources.items() if name not in without}
        letters = MailSettings(sender="veille@exemple.fr", server="127.0.0.1", port=port, security="aucune")
        config = Config(contact="soak@exemple.invalid", folder=folder, sources=sources, mail=letters)
        told = Week(proxy, box, config)
        clean = folder / "sans-panne"
        clean.mkdir()
        ready = context.Process(target=int)  # the fork server, and the rules
        ready.start()
        ready.join()
        start = time.monotonic()
        settings = told.settings(clean, **PATIENT)
        assert once(settings) == 0
        told.seconds = time.monotonic() - start
        told.dump, told.files = dump_of(settings), files_of(settings)
        box.letters.clear()
        yield told


def once(config: Config, *, after: float | None = None, kill_at: int | None = None, told: Path | None = None) -> int:
    """One run in its own process, killed ``after`` seconds or at its effect ``kill_at``; its exit code (-9: killed)."""
    process = context.Process(target=play, args=(config, kill_at, told))
    process.start()
    process.join(after)
    if process.exitcode is None:
        process.kill()
        process.join()
    return process.exitcode or 0


def dump_of(config: Config) -> list[str]:
    with Store.open(config.database) as store:
        store.check()
        return list(store.dump_canonical())


def files_of(config: Config) -> dict[str, bytes]:
    """The public files. Nothing may be left beside the folder."""
    assert sorted(path.name for path in config.folder.glob("public*")) == ["public"]
    return pages_of(config)


def pages_of(config: Config) -> dict[str, bytes]:
    """What stands in the public folder; as it would with each tender named after its first notice, where it is not."""
    files = read(config.public)
    with sqlite3.connect(config.database) as base, tempfile.TemporaryDirectory() as name:
        names = base.execute("SELECT first_notice, id FROM tenders WHERE id <> first_notice").fetchall()
        if not names or published(base, config, Path(name) / "tel-quel") != files:
            return files
        return published(base, config, Path(name) / "renommé", names)


def read(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def published(
    base: sqlite3.Connection, config: Config, folder: Path, names: Sequence[tuple[str, str]] = ()
) -> dict[str, bytes]:
    """What a copy of ``base`` publishes, its tenders renamed: (new name, name)."""
    folder.mkdir()
    place = replace(config, folder=folder)
    with sqlite3.connect(place.database) as copy:
        base.backup(copy)
        copy.executemany("UPDATE tenders SET id = ? WHERE id = ?", names)
        copy.executemany("UPDATE notices SET tender = ? WHERE tender = ?", names)
        copy.executemany("UPDATE aliases SET tender = ? WHERE tender = ?", names)
    with Store.open(place.database) as store:
        publish(store, place, since=MONDAY, until=SUNDAY, today=REFERENCE)
    return read(place.public)


def differences(told: Week, config: Config) -> list[str]:
    """How what stands in ``config`` differs from a week without trouble; a letter too many is a difference."""
    dump, files = dump_of(config), files_of(config)
    lines = [line[:300] for line in difflib.unified_diff(told.dump, dump, "sans panne", "après", lineterm="", n=0)]
    names = sorted(told.files.keys() | files.keys())
    lines += [f"public/{name}" for name in names if told.files.get(name) != files.get(name)]
    received = Counter(people[0] for people, _ in told.box.letters)
    with Store.open(config.database) as store:
        states = {row["adresse"]: row["statut"] for row in store.letters()}
    for address in (line.partition(";")[0] for line in PEOPLE):
        if received[address] > 1 or (received[address] == 0 and states.get(address) != "à confirmer"):
            lines.append(f"{received[address]} lettre(s) à {address}, « {states.get(address)} »")
    return lines


def archived(told: Week, folder: Path) -> Config:
    """A folder where the week is received and nothing is read, and the run that needs no network from there."""
    config = told.settings(folder, **PATIENT)
    for result in collect(config, since=MONDAY, until=SUNDAY):
        with Store.open(config.database) as store:
            store.save_coverage(result.coverage)
    return replace(config, sources={name: one for name, one in config.sources.items() if one.file})


def killed_at(told: Week, config: Config, folder: Path, instant: int) -> list[str]:
    """A run from the archive of ``config``, killed at one of its effects, then another: differences."""
    place = replace(config, folder=folder)
    shutil.copytree(config.folder, folder)
    told.box.letters.clear()
    assert once(place, kill_at=instant) == -signal.SIGKILL
    torn = place.public.exists() and pages_of(place) != told.files
    assert once(place) == 0
    return ["public/ à moitié écrit"] * torn + differences(told, place)


def effects(config: Config, folder: Path) -> int:
    """How many effects a run from the archive of ``config`` has."""
    shutil.copytree(config.folder, folder)
    assert once(replace(config, folder=folder), told=folder / "effets") == 0
    return int((folder / "effets").read_text())


def series(told: Week, folder: Path, seed: str) -> tuple[str, list[str]]:
    """Some runs that suffer, then a clean one: (what was done, differences)."""
    random = Random(seed)
    config = told.settings(folder, **HASTY)
    done = []
    told.box.letters.clear()
    for _ in range(random.randint(1, 3)):
        plan = Plan(tuple(FAULTS), random.choice((0.05, 0.2, 0.5)), seed=random.randrange(10**6), pause=1.2)
        after = random.uniform(0.0, 1.3 * told.seconds) if random.random() < 0.7 else None
        told.proxy.follow(plan)
        code = once(config, after=after)
        suffered = sum(told.proxy.served.values())
        done.append(f"{'tuée' if code == -9 else 'finie'} ({suffered} pannes)")
    told.proxy.follow()
    code = once(told.settings(folder, **PATIENT))
    done.append("propre" if code == 0 else f"code {code}")
    return ", ".join(done), differences(told, config)


def instants(told: Week, folder: Path, random: Random, share: float = 0.1, most: int = 1000) -> dict[str, list[str]]:
    """A run killed at a ``share`` of its effects, each time in a new folder: the differences by instant."""
    (folder / "archive").mkdir()
    config = archived(told, folder / "archive")
    total = effects(config, folder / "compte")
    chosen = sorted(random.sample(range(1, total + 1), min(most, int(total * share))))
    print(f"instants de la mort, sur {total} : {', '.join(map(str, chosen))}", flush=True)
    found = {f"instant {one}": killed_at(told, config, folder / f"instant-{one}", one) for one in chosen}
    failed = {name: lines for name, lines in found.items() if lines}
    for name, lines in failed.items():
        print("\n".join([f"{name} : DIFFÈRE", *lines[:40]]), flush=True)
    return failed


def soak(told: Week, folder: Path, seeds: Sequence[str]) -> dict[str, list[str]]:
    """Each seed's series in a folder of its own, told as it goes; the differences by seed, empty lists left out."""
    failed = {}
    for seed in seeds:
        place = folder / seed.replace(":", "-")
        place.mkdir()
        done, wrong = series(told, place, seed)
        print("\n".join([f"série {seed} : {done}{' : DIFFÈRE' * bool(wrong)}", *wrong[:40]]), flush=True)
        if wrong:
            failed[seed] = wrong
    return failed


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    seed = sys.argv[2] if len(sys.argv) > 2 else str(Random().randrange(10**6))
    print(f"{count} séries, graine {seed} ; pour les rejouer : python -m tests.soak {count} {seed}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with served(folder, whole=bool(os.environ.get("SOAK_WHOLE"))) as told:
            failed = instants(told, folder, Random(seed))
            failed |= soak(told, folder, [f"{seed}:{rank}" for rank in range(count)])
    print("Tout finit comme une semaine sans panne." if not failed else f"{len(failed)} fins différentes.")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
