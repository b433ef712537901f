"""How does a week go? Collect, read, store, publish: the verbs in their order, and what to answer for it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import astuple, dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.appraise import appraise_stale, approach
from scanner.buyers import Mention, resolve
from scanner.collect import CollectResult
from scanner.collect import collect as crawl
from scanner.conclude import conclude
from scanner.config import Config
from scanner.datafile import DataFileError
from scanner.edition import Edition, iso_week
from scanner.expect import new_keys, withhold
from scanner.issues import Issue, IssueLog
from scanner.limits import Limits
from scanner.link import blocks, keys, link, propose, relations, trace
from scanner.listen import answered
from scanner.normalise import departement_at, departement_of
from scanner.notice import RawNotice
from scanner.privacy import masked
from scanner.private import Leads, leads_of, private_pages
from scanner.shelves.appreciations import interrupted, save_leads
from scanner.shelves.dossiers import dossiers, weeks
from scanner.shelves.journal import note, open_run, together
from scanner.shelves.public_database import NAME, publish_database
from scanner.source import AWARDS, load
from scanner.spare import EVERYBODY, listed, reason, spared, unpublished
from scanner.store import Record, Store
from scanner.territory import covers, departements
from scanner.understand import Understood, understood

if TYPE_CHECKING:
    from nlp.second_reader import SecondReader

Progress = Callable[[str, int, int], None]


def silent(step: str, done: int, total: int) -> None:
    """A progress report that nobody reads."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of the raw notices: read + rejected = all of them."""

    read: int = 0
    rejected: int = 0

    def __add__(self, other: Reading) -> Reading:
        return Reading(self.read + other.read, self.rejected + other.rejected)


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a run gathered before anything is published; ``number`` is the run's in the journal."""

    number: int
    collected: tuple[CollectResult, ...]
    reading: Reading
    issues: tuple[Issue, ...]

    @property
    def degraded(self) -> tuple[str, ...]:
        """The sources that failed or were not read to their end, sorted."""
        broken = {issue.source for issue in self.issues if issue.level == "error"}
        cut = {row.source for result in self.collected for row in result.coverage if not row.complete}
        return tuple(sorted(broken | cut))


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run, told: exit ``status`` is 1 when a source is degraded or a record was rejected, else 0."""

    collected: tuple[CollectResult, ...]
    reading: Reading
    issues: tuple[Issue, ...]
    edition: Edition
    files: tuple[Path, ...]

    @property
    def degraded(self) -> bool:
        cut = not all(row.complete for result in self.collected for row in result.coverage)
        return cut or any(issue.level == "error" for issue in self.issues)

    @property
    def status(self) -> int:
        refused = self.reading.rejected > 0 or any(issue.level == "rejected" for issue in self.issues)
        return int(self.degraded or refused)


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday of the last week that is over on ``day`` (a Sunday counts as over)."""
    sunday = day - timedelta(days=day.isoweekday() % 7)
    return sunday - timedelta(days=6), sunday


def run(
    config: Config,
    *,
    since: date,
    until: date,
    today: date,
    sources: Iterable[str] = (),
    progress: Progress = silent,
    processes: int = 1,
) -> Outcome:
    """A whole run: the days ``since`` … ``until`` (publication days, both included), into the configured folder.

    Running it twice changes nothing and announces nothing twice, whatever the number of ``processes`` that read.
    """
    gathered = gather(
        config, since=since, until=until, today=today, sources=sources, progress=progress, processes=processes
    )
    with Store.open(config.database) as store:
        edition, files = publish(store, config, since=since, until=until, today=today, progress=progress)
        store.save_issues(gathered.number, unpublished(edition))
        store.finish_run(gathered.number, read=gathered.reading.read, rejected=gathered.reading.rejected)
    issues = (*gathered.issues, *unpublished(edition))
    return Outcome(gathered.collected, gathered.reading, issues, edition, tuple(files))


def gather(
    config: Config,
    *,
    since: date,
    until: date,
    today: date,
    sources: Iterable[str] = (),
    progress: Progress = silent,
    processes: int = 1,
    collecting: bool = True,
) -> Gathered:
    """Everything before publication: collect (unless told not to), read, and say what came of it in the journal.

    The run stays open: whoever publishes closes it (``Store.finish_run``).
    """
    config.folder.mkdir(parents=True, exist_ok=True)
    with Store.open(config.database) as store:
        taken = open_run(store, since, until)
        log = IssueLog()
        log.extend(taken.issues)
        collected = []
        asked = collect(config, since=since, until=until, sources=sources, progress=progress) if collecting else ()
        for result in asked:
            with together(store):
                store.save_coverage(result.coverage)
                note(store, taken.number, result.issues)
            collected.append(result)
            log.extend(result.issues)
        second = second_reader(config)
        done = Reading(taken.read, taken.rejected)
        done += read(
            store, store.unread(), log, number=taken.number, progress=progress, second=second, processes=processes,
            limits=config.limits,
        )  # fmt: skip
        if collecting and AWARDS in config.sources and AWARDS in (tuple(sources) or config.sources):
            award(store, config, log, today=today, progress=progress)
            store.save_issues(taken.number, tuple(log))
        going_on(log, "acheteurs_interrompus", "Acheteurs non réunis", partial(settle_buyers, store))
        log.extend(appraise(store, config, today=today, progress=progress))
        store.count_read(since, until, [name for name in config.sources if load(name).snapshot])
        for one in conclude(store, config, since=since, until=until, today=today):
            log.extend(one.issues())
        for name, received in _received(collected).items():
            log.extend(new_keys(load(name), tuple(log), received))
        store.save_issues(taken.number, tuple(log))
    return Gathered(taken.number, tuple(collected), done, tuple(log))


def _received(collected: Iterable[CollectResult]) -> dict[str, int]:
    """How many notices, new or changed, each source gave."""
    return {one.coverage[0].source: one.stored + one.changed for one in collected if one.coverage}


def collect(
    config: Config, *, since: date, until: date, sources: Iterable[str] = (), progress: Progress = silent
) -> Iterator[CollectResult]:
    """Archive what each source publishes on these days; one result a source."""
    Store.open(config.database).close()
    for name in [name for name in sources or config.sources if name != AWARDS]:
        settings = config.sources[name]
        yield crawl(
            config.database,
            source=name,
            since=since,
            until=until,
            base_url=settings.base_url or load(name).base_url,
            user_agent=config.user_agent,
            delay=settings.delay,
            concurrency=settings.concurrency,
            attempts=settings.attempts,
            patience=settings.patience,
            wait=settings.wait,
            timeout=settings.timeout,
            on_progress=lambda day, done, total: progress("collecte", done, total),
        )


def second_reader(config: Config) -> SecondReader | None:
    """The second reader when it is switched on: the one trained into the user's folder, else the shipped one."""
    if not config.second_reader:
        return None
    from nlp.second_reader import load

    return load(config.model) if config.model.exists() else load()


def read(
    store: Store,
    raws: Iterable[RawNotice],
    log: IssueLog,
    *,
    number: int | None = None,
    progress: Progress = silent,
    second: SecondReader | None = None,
    processes: int = 1,
    limits: Limits | None = None,
) -> Reading:
    """Interpret raw notices and store the result, batch by batch. What cannot be read is an Issue and is kept.

    ``number`` is the run that counts them; a kill between two batches then loses neither the count nor the issues.
    """
    done = Reading()
    # map, not a loop over batches: a batch that is stored is forgotten before the next one is read
    for part in map(partial(_keep, store, log, number), understood(raws, second, processes, limits)):
        done += part
        progress("lecture", done.read + done.rejected, done.read + done.rejected)
    return done


def _keep(store: Store, log: IssueLog, number: int | None, said: Understood) -> Reading:
    """Stores whole what a batch says; returns what became of it."""
    try:
        return _kept(store, log, number, said)
    except EVERYBODY:
        raise
    except Exception as error:
        if len(said.rows) > 1:  # one notice cannot be linked or stored: it must not take its batch with it
            return sum((_keep(store, log, number, one) for one in _apart(said)), Reading())
        (row,) = said.rows
        if row.notice is None:
            raise
        issue = rejected_late(row.raw_id, error)
        row = Record(raw_id=row.raw_id, notice=None, classification=None, status="rejete")
        return _kept(store, log, number, Understood((row,), (), (*said.issues, issue)))


def _kept(store: Store, log: IssueLog, number: int | None, said: Understood) -> Reading:
    with together(store):
        records = interpret(said, store.aliases, log)
        _save(store, records)
        rejected = sum(row.notice is None for row in records.rows)
        done = Reading(len(records.rows) - rejected, rejected)
        if number is not None:
            note(store, number, said.issues, read=done.read, rejected=done.rejected)
    return done


def _apart(said: Understood) -> Iterator[Understood]:
    """The same batch, one record at a time; its issues go with the first one."""
    issues = said.issues
    for row in said.rows:
        yield Understood((row,), (row.notice,) if row.notice else (), issues)
        issues = ()


def rejected_late(about: str, error: Exception) -> Issue:
    """The Issue of a notice that was read, and that cannot be linked or stored."""
    source, _, key = about.partition(":")
    message = (
        f"Avis rejeté, rattachement interrompu ({reason(error)}) ; il reste en archive, corrigez l'étape qui l'a "
        "refusé puis lancez scanner reclassify."
    )
    return Issue(source, key, "rattachement_interrompu", message, level="rejected")


def going_on(log: IssueLog, code: str, said: str, step: Callable[[], object]) -> None:
    """Does a ``step`` that tells of everything at once; what it raises is an Issue and stops nothing else."""
    try:
        step()
    except EVERYBODY:
        raise
    except Exception as error:
        message = f"{said} ({reason(error)}) ; ce qui en était dit auparavant reste : corrigez cette étape, relancez."
        log.add(Issue("", "", code, message, level="rejected"))


def settle_buyers(store: Store) -> None:
    """Say again who buys, from everything that the database holds: the order of arrival leaves no trace."""
    mentions = [
        Mention(
            row["name"],
            row["siret"],
            row["siren"],
            departement_of(row["nuts"] or "", row["postcode"] or "") or row["place"],
            row["count"],
        )
        for row in store.buyer_mentions()
    ]
    found = resolve(mentions)
    store.save_buyers(
        {
            "acheteurs": map(astuple, found.buyers),
            "alias_acheteurs": map(astuple, found.aliases),
            "doutes_acheteurs": map(astuple, found.doubts),
        }
    )


def appraise(store: Store, config: Config, *, today: date, progress: Progress = silent) -> IssueLog:
    """Say where a clause could be, which buyers to approach and which contracts end, as of ``today``; what failed."""
    log = IssueLog()
    count, issues = appraise_stale(store, config, today=today)
    log.extend(issues)
    going_on(
        log, "demarches_interrompues", "Acheteurs à approcher et renouvellements non calculés",
        lambda: save_leads(store, *approach(store, config, today=today), today),
    )  # fmt: skip
    progress("appréciation", count, count)
    return log


def award(store: Store, config: Config, log: IssueLog, *, today: date, progress: Progress = silent) -> None:
    """Load the awarded contracts of the configured file or address. What fails is an Issue: the week goes on."""
    from spiders.decp import fetched

    wanted = config.sources[AWARDS].file or load(AWARDS).base_url
    try:
        with tempfile.TemporaryDirectory() as folder:
            remote = wanted.startswith(("http://", "https://"))
            path = fetched(wanted, config.user_agent, Path(folder)) if remote else Path(wanted)
            told = load_contracts(store, path, today=today, departements=departements(config.territory))
    except (OSError, DataFileError) as error:
        message = f"Marchés attribués non lus : {error} ; vérifiez « fichier » dans [sources.{AWARDS}], puis relancez."
        log.add(Issue(AWARDS, wanted, "decp_illisible", message, level="error"))
        return
    log.extend(told.issues)
    progress("marchés attribués", told.kept, told.kept)


@dataclass(frozen=True, slots=True)
class Awarded:
    """What a DECP file gave: its lines, the contracts kept and left (other territory), those new and changed."""

    lines: int
    kept: int
    left: int
    new: int
    changed: int
    issues: tuple[Issue, ...]


def load_contracts(
    store: Store, path: Path, *, today: date, departements: tuple[str, ...] = (), since: date | None = None
) -> Awarded:
    """Load a DECP file into the database. The same file again changes nothing; DataFileError when it is none."""
    from spiders.decp import COLUMNS, opened

    with opened(path) as file:
        rows = file.contracts(today=today, departement=departement_at, since=since, departements=departements)
        new, changed = store.save_contracts(COLUMNS, rows)
        store.save_contract_buyers(file.buyers(departement_at))
        return Awarded(file.rows, file.kept, file.left, new, changed, tuple(file.issues()))


def _save(store: Store, records: Interpreted) -> None:
    """Stores a batch: its tenders, its readings, then the links that its notices have with those already stored."""
    store.save_aliases(records.aliases)
    store.save(records.rows)
    notices = [row.notice for row in records.rows if row.notice]
    fresh = {one: blocks(one) for one in map(trace, notices)}
    known = store.traces({block for found in fresh.values() for block in found})
    stated = [relation for notice in notices for relation in relations(notice)]
    store.save_links(fresh, [*propose(list(fresh), known), *stated])


@dataclass(frozen=True, slots=True)
class Interpreted:
    """The rows to store and the aliases they bring."""

    rows: tuple[Record, ...]
    aliases: dict[str, str]


def interpret(said: Understood, aliases: Callable[[Iterable[str]], Mapping[str, str]], log: IssueLog) -> Interpreted:
    """A batch linked with what is already known; its issues go to ``log``.

    ``aliases`` tells the tenders of the keys that the batch holds (``Store.aliases``), asked once.
    """
    log.extend(said.issues)
    tenders, fresh = link(said.notices, aliases(keys(said.notices)))
    rows = (replace(row, tender=tenders[row.notice.id]) if row.notice else row for row in said.rows)
    return Interpreted(tuple(rows), fresh)


def reclassify(
    store: Store,
    *,
    save: bool,
    progress: Progress = silent,
    config: Config | None = None,
    processes: int = 1,
    today: date | None = None,
) -> list[str]:
    """Read the whole archive again, without the network; what findings change, one French line each.

    Nothing is written unless ``save``: the reader decides after having seen the changes.
    """
    changes: list[str] = []
    log = IssueLog()
    second = second_reader(config) if config else None
    done = 0
    for said in understood(store.raws(), second, processes, config.limits if config else None):
        with together(store) if save else nullcontext():
            records = interpret(said, store.aliases, log)
            changes += store.compare(records.rows)
            if save:
                _save(store, records)
        done += len(said.rows)
        progress("relecture", done, done)
    if save:
        settle_buyers(store)
        if config is not None and today is not None:
            appraise(store, config, today=today, progress=progress)
    return changes


def publish(
    store: Store, config: Config, *, since: date, until: date, today: date, progress: Progress = silent
) -> tuple[Edition, list[Path]]:
    """Write the edition of a week into ``public/``, what is for the mission alone into ``prive/``.

    Its reference date is stored the first time, before the files: after a kill between the two, they are still those
    of the day of the first attempt.
    """
    from feeds import put
    from feeds.swap import repair, swap_in

    repair(config.public)
    store.count_read(since, until, [name for name in config.sources if load(name).snapshot])
    week = iso_week(until)
    reference = store.edition_reference(week)
    if reference is None:
        reference = today
        store.save_edition(week, reference, since, until)
    edition = store.edition(
        since,
        until,
        reference,
        territory=config.territory.name,
        departements=departements(config.territory),
        base_url=config.base_url,
        mission=config.mission,
        contact=config.contact,
    )
    edition = withhold(edition, conclude(store, config, since=since, until=until, today=reference))
    if config.territory.postcodes:
        edition = replace(edition, items=tuple(item for item in edition.items if _inside(store, config, item.notice)))
    edition, found = _leads(store, config, _unappraised(store, edition))
    _, told = spared(edition, partial(_told, store, config, found))
    base = config.public / NAME
    files = [
        *swap_in(config.public, told.public, lambda new: publish_database(store, new / NAME, config.privacy)),
        base,
    ]
    files += [put(config.private / name, body) for name, body in told.private.items()]
    progress("publication", len(files), len(files))
    return told.edition, files


@dataclass(frozen=True, slots=True)
class Told:
    """An edition as its readers get it, and its pages, by path."""

    edition: Edition
    public: dict[str, bytes]
    private: dict[str, bytes]


def _told(store: Store, config: Config, found: Leads, edition: Edition) -> Told:
    """Every page of ``edition``; nothing is written."""
    from feeds import pages
    from feeds.site import tenders

    edition = answered(store, edition)
    edition = replace(edition, items=masked(edition.items, config.privacy))
    texts = masked(dossiers(store, tenders(edition), edition.until), config.privacy)
    public = pages(edition, config.public, texts, weeks(store, edition))
    return Told(edition, public, private_pages(store, config, edition, found))


def _leads(store: Store, config: Config, edition: Edition) -> tuple[Edition, Leads]:
    """The buyers to approach and the contracts that end; none, said, when they cannot be worked out."""
    try:
        return edition, leads_of(store, config, edition)
    except EVERYBODY:
        raise
    except Exception as error:
        said = f"acheteurs à approcher et renouvellements non calculés ({reason(error)})"
        return replace(edition, withheld=(*edition.withheld, said)), ((), ())


def _unappraised(store: Store, edition: Edition) -> Edition:
    """``edition`` that says which of its consultations could not be appraised: no opportunity is known of them."""
    lost = interrupted(store, [item.tender for item in edition.items])
    if not lost:
        return edition
    said = f"appréciation interrompue pour {listed(lost)} : une piste peut manquer, à lire à la main"
    return replace(edition, withheld=(*edition.withheld, said))


def _inside(store: Store, config: Config, notice_id: str) -> bool:
    notice = store.notice(notice_id)
    return notice is None or covers(config.territory, notice)
