"""What can be asked from the command line? A thin second face of the verbs; every message is French.

Exit status: 0 done, 1 done with a degraded source or rejected records, 2 usage or configuration.
Heavy libraries are imported by the command that needs them, so that ``--help`` answers at once.
"""

from __future__ import annotations

import csv
import gzip
import os
import sqlite3
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scanner.commands.backup import backup
from scanner.commands.conservation import conservation
from scanner.commands.leads import buyers, renewals, supply
from scanner.commands.observatory import observatory
from scanner.commands.serve import serve
from scanner.commands.shared import (
    DEFAULT,
    ConfigFile,
    Day,
    JsonLines,
    Processes,
    UsageError,
    one_at_a_time,
)
from scanner.commands.shared import open_store as _store
from scanner.commands.shared import read_config as _config
from scanner.commands.watch import said_in_check, watch
from scanner.datafile import DataFileError
from scanner.disk import disk_trouble
from scanner.display import clean, one_sentence
from scanner.preflight import remarks, stumbles

if TYPE_CHECKING:
    from nlp.scores import Evaluation
    from nlp.second_reader import SecondReader
    from nlp.verdicts import RulePrecision
    from scanner.config import Config
    from scanner.limits import Limits
    from scanner.listen import Heard
    from scanner.notice import Notice
    from scanner.run import Outcome, Progress

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Veille des clauses sociales et des marchés réservés dans les avis de marchés publics.",
)

#: Messages of one kind told of a file; the others are counted.
_SHOWN = 20

app.command()(serve)
app.command()(observatory)
app.command()(buyers)
app.command()(renewals)
suivi = typer.Typer(no_args_is_help=True, help="Ce que les lecteurs répondent : verdicts, et suivi des consultations.")
app.add_typer(suivi, name="suivi")
app.add_typer(supply, name="supply")
app.command()(backup)
app.command()(watch)
app.command()(conservation)


def main() -> None:
    """Run the command line. A user's mistake is one French sentence and exit status 2, never a traceback."""
    try:
        app()
    except (DataFileError, UsageError) as error:
        typer.echo(f"Erreur : {one_sentence(disk_trouble(error) or str(error))}", err=True)
        sys.exit(2)
    except BrokenPipeError:  # the reader of our output left, as « head » does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (OSError, sqlite3.Error) as error:
        said = disk_trouble(error)
        name = getattr(error, "filename", None)
        if not (said or name):
            raise
        said = (
            said or f"{name} est inaccessible ({getattr(error, 'strerror', error)}) ; vérifiez le chemin et les droits."
        )
        typer.echo(f"Erreur : {said}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        typer.echo("Interrompu ; ce qui a été archivé est conservé, relancez la même commande.", err=True)
        sys.exit(130)


@app.command()
def demo(folder: Annotated[Path, typer.Option("--dossier", help="Où écrire.")] = Path("demo")) -> None:
    """Une semaine entière sur des avis d'exemple, sans réseau, dans ./demo/."""
    from scanner.sample.demo import demo as play

    with _bars() as progress:
        status, told = play(folder, progress=progress)
    typer.echo(told)
    raise typer.Exit(status)


@app.command()
def init(
    departements: Annotated[str, typer.Option(help="Codes séparés par des virgules ; vide = France entière.")] = "?",
    contact: Annotated[str, typer.Option(help="Adresse de contact dite aux sources.")] = "?",
    mission: Annotated[str, typer.Option(help="Nom de votre structure.")] = "",
    config: ConfigFile = DEFAULT,
) -> None:
    """Écrit veille.toml en demandant le territoire."""
    from scanner.config import DEPARTEMENT, template

    if config.exists():
        raise UsageError(f"{config} existe déjà : modifiez-le, ou choisissez un autre fichier avec --config.")
    if departements == "?":
        departements = typer.prompt("Départements suivis, séparés par des virgules (vide = France entière)", default="")
    if contact == "?":
        contact = typer.prompt("Adresse de contact, dite aux sources que la veille interroge")
    codes = tuple(code.strip().upper() for code in departements.split(",") if code.strip())
    for code in codes:
        if not DEPARTEMENT.match(code):
            raise UsageError(
                f"le département « {code} » est inconnu ; valeurs admises : « 01 » à « 95 », « 2A », « 974 »…"
            )
    if "@" not in contact and not contact.startswith("http"):
        raise UsageError(f"le contact « {contact} » doit être une adresse de messagerie ou de site.")
    config.write_text(template(contact=contact, mission=mission, departements=codes), encoding="utf-8")
    typer.echo(f"{config} est écrit. Lancez maintenant : scanner run")


@app.command()
def run(
    since: Day = "",
    until: Day = "",
    source: Annotated[list[str], typer.Option(help="Ne lire que cette source.")] = [],  # noqa: B006
    processes: Processes = 1,
    config: ConfigFile = DEFAULT,
) -> None:
    """Collecte, lit et publie la dernière semaine complète (ou --since … --until)."""
    from scanner.run import run as go

    settings = _config(config)
    start, end = _period(since, until)
    _known(source, settings)
    with one_at_a_time(settings, "scanner run"), _bars() as progress:
        outcome = go(
            settings,
            since=start,
            until=end,
            today=date.today(),
            sources=source,
            progress=progress,
            processes=processes,
        )
    typer.echo(_told(outcome, settings))
    raise typer.Exit(outcome.status)


@app.command()
def collect(
    since: Day = "",
    until: Day = "",
    source: Annotated[list[str], typer.Option(help="Ne lire que cette source.")] = [],  # noqa: B006
    config: ConfigFile = DEFAULT,
) -> None:
    """Archive les avis tels que reçus, sans les lire."""
    from scanner.run import collect as go
    from scanner.store import Store

    settings = _config(config)
    start, end = _period(since, until)
    _known(source, settings)
    complete, results = True, []
    with one_at_a_time(settings, "scanner collect"), _bars() as progress:
        for result in go(settings, since=start, until=end, sources=source, progress=progress):
            results.append(result)
            with Store.open(settings.database) as store:
                store.save_coverage(result.coverage)
    for result in results:
        for row in result.coverage:
            typer.echo(
                f"{row.source} {row.day} : {row.expected} attendus, {row.fetched} reçus, {row.missing} manquants"
            )
        for issue in result.issues:
            typer.echo(f"  {issue.message}", err=True)
        complete = complete and all(row.complete for row in result.coverage)
    raise typer.Exit(0 if complete else 1)


@app.command()
def reclassify(
    save: Annotated[bool, typer.Option("--enregistrer", help="Enregistre la nouvelle lecture.")] = False,
    processes: Processes = 1,
    config: ConfigFile = DEFAULT,
) -> None:
    """Relit l'archive sans réseau et dit quels constats changent ; n'enregistre que sur demande."""
    from scanner.run import reclassify as go

    settings = _config(config)
    with one_at_a_time(settings, "scanner reclassify"), _store(settings) as store, _bars() as progress:
        changes = go(store, save=save, progress=progress, config=settings, processes=processes, today=date.today())
    for line in changes:
        typer.echo(clean(line))
    typer.echo(
        f"{len(changes)} constat(s) changé(s)"
        + (", enregistré(s)." if save else ", rien n'est enregistré (ajoutez --enregistrer).")
    )


@app.command()
def publish(
    since: Day = "",
    until: Day = "",
    letters: Annotated[
        bool, typer.Option("--mail", help="Écrit la lettre de chaque abonné et dit qui la reçoit.")
    ] = False,
    really: Annotated[bool, typer.Option("--envoyer", help="Avec --mail : envoie vraiment.")] = False,
    again: Annotated[
        str, typer.Option("--renvoyer", metavar="ADRESSE", help="Renvoie la lettre incertaine de cette adresse.")
    ] = "",
    config: ConfigFile = DEFAULT,
) -> None:
    """Réécrit flux, digest et pages à partir de la base ; --mail prépare les lettres, --envoyer les envoie."""
    from scanner.run import publish as go

    settings = _config(config)
    start, end = _period(since, until)
    status = 0
    with one_at_a_time(settings, "scanner publish"), _store(settings) as store, _bars() as progress:
        edition, files = go(store, settings, since=start, until=end, today=date.today(), progress=progress)
        typer.echo(f"{len(files)} fichiers dans {settings.public} (semaine {edition.week}).")
        if letters or really or again:
            from scanner.mailing.post import mail
            from scanner.private import leads_of, letter_lines

            more = partial(letter_lines, leads_of(store, settings, edition))
            report = mail(store, settings, edition, really=really, again=again, more=more)
            typer.echo("\n".join(report.lines))
            status = report.status
    raise typer.Exit(status)


@app.command()
def classify(
    files: list[Path],
    shape: Annotated[str, typer.Option("--format", help="Une source (boamp, ted…) ou notice.")] = "boamp",
    as_json: JsonLines = False,
    every: Annotated[bool, typer.Option("--all", help="Aussi les dispositifs qu'un plus précis masque.")] = False,
    second: Annotated[bool, typer.Option("--second-lecteur", help="Propose aussi « à vérifier ».")] = False,
    model: Annotated[Path | None, typer.Option("--modele", help="Dossier écrit par « scanner train ».")] = None,
    config: ConfigFile = DEFAULT,
) -> None:
    """Lit des fichiers d'avis, sans réseau ni base."""
    import orjson

    from feeds.entry import word
    from nlp.classify import classify as read
    from nlp.explain import explain as as_text
    from nlp.report import as_json as report
    from scanner.display import clean_json, clean_lines
    from scanner.recorded import alone

    limits, tell = _limits(config), partial(typer.echo, err=True)
    reader = _second_reader(model) if second or model else None
    rejected = 0
    for path in files:
        for notice in _notices(path, shape, limits):
            reading = alone(partial(read, notice, every=every), str(path), tell, limits) if notice else None
            if notice is None or reading is None:
                rejected += 1
                continue
            reading = reader.completed(notice, reading) if reader else reading
            told = clean_json(orjson.dumps(report(reading)).decode()) if as_json else as_text(notice, reading, word)
            typer.echo(told if as_json else clean_lines(told))
    raise typer.Exit(1 if rejected else 0)


@app.command()
def explain(
    identifier: str,
    file: Annotated[Path | None, typer.Option("--fichier", help="Chercher l'avis dans ce fichier, sans base.")] = None,
    shape: Annotated[str, typer.Option("--format", help="Du fichier : une source (boamp, ted…) ou notice.")] = "boamp",
    config: ConfigFile = DEFAULT,
) -> None:
    """Montre chaque constat d'un avis (boamp:26-123) dans son contexte, avec sa règle et ce qui a été écarté."""
    from feeds.entry import word
    from nlp.classify import classify as read
    from nlp.explain import explain as as_text
    from scanner.display import clean_lines

    settings = _config(config) if file is None or config.exists() else None
    if file is not None:
        found = [one for one in _notices(file, shape, _limits(config)) if one is not None]
        notice = next((one for one in found if one.id == identifier), None)
        if notice is None:
            raise UsageError(f"l'avis « {identifier} » n'est pas parmi les {len(found)} avis lus de {file}.")
    else:
        with _store(_config(config)) as store:
            notice = store.notice(identifier)
        if notice is None:
            raise UsageError(f"l'avis « {identifier} » n'est pas dans la base ; un identifiant s'écrit boamp:26-85977.")
    reading = read(notice)
    if settings and settings.second_reader:
        reading = _second_reader(settings.model if settings.model.exists() else None).completed(notice, reading)
    typer.echo(clean_lines(as_text(notice, reading, word)))


@app.command()
def evaluate(
    files: Annotated[list[Path] | None, typer.Argument(help="Avis (.jsonl) ou passages étiquetés (.tsv).")] = None,
    as_json: JsonLines = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Un tableau, une colonne par fichier.")] = False,
    verdicts: Annotated[bool, typer.Option("--verdicts", help="La précision par règle, selon les lecteurs.")] = False,
    config: ConfigFile = DEFAULT,
) -> None:
    """Mesure la lecture sur des avis étiquetés (.jsonl, .jsonl.gz) ou des passages étiquetés (.tsv)."""
    import orjson

    from nlp import scoreboard
    from nlp.evaluate import evaluate as measure

    files = files or []
    if not files and not verdicts:
        raise UsageError("donnez un fichier d'avis ou de passages étiquetés, ou --verdicts.")
    if verdicts:
        from nlp.verdicts import as_json as as_object
        from nlp.verdicts import as_text

        rules = _precisions(_config(config))
        for line in [orjson.dumps(as_object(one)).decode() for one in rules] if as_json else as_text(rules):
            typer.echo(line)
    measured = [_measured(path, measure) for path in files]
    if markdown:
        typer.echo("\n".join(scoreboard.as_markdown([sure for sure, _ in measured])))
    for pair in () if markdown else measured:
        typer.echo(orjson.dumps(scoreboard.as_json(*pair)) if as_json else "\n".join(scoreboard.as_text(*pair)))
    raise typer.Exit(1 if any(sure.unread for sure, _ in measured) else 0)


@app.command()
def decp(
    file: Annotated[Path, typer.Argument(metavar="FICHIER")], since: Day = "", config: ConfigFile = DEFAULT
) -> None:
    """Charge des marchés attribués (DECP : Parquet, CSV ou JSON) du territoire dans la base."""
    from scanner.run import load_contracts, settle_buyers
    from scanner.store import Store
    from scanner.territory import departements

    settings = _config(config)
    settings.folder.mkdir(parents=True, exist_ok=True)
    with Store.open(settings.database) as store:
        told = load_contracts(
            store, file, today=date.today(), departements=departements(settings.territory),
            since=_day(since, "--since") if since else None,
        )  # fmt: skip
        settle_buyers(store)
    for issue in told.issues:
        typer.echo(f"  {issue.message}", err=True)
    typer.echo(
        f"{told.lines} lignes, {told.kept} marchés retenus ({told.left} d'autres territoires) : {told.new} nouveaux, "
        f"{told.changed} changés. Ouvrez les vues marches_attribues et pratique_acheteurs de {settings.database}."
    )


@app.command()
def train(
    files: Annotated[list[Path], typer.Argument(help="Avis étiquetés (.jsonl) ou passages étiquetés (.tsv).")],
    output: Annotated[Path | None, typer.Option(help="Où écrire le modèle ; sinon, à côté de la base.")] = None,
    config: ConfigFile = DEFAULT,
) -> None:
    """Entraîne le second lecteur sur des phrases étiquetées, en plus des exemples des règles."""
    from nlp.second_reader import sentences_labelled
    from nlp.second_reader import train as learn
    from scanner.config import Config

    folder = output or (_config(config) if config.exists() else Config()).model
    labelled = sentences_labelled(files)
    learn(labelled, folder)
    carrying = sum(bool(one.labels) for one in labelled)
    typer.echo(f"{folder} : modèle appris sur {len(labelled)} phrases, dont {carrying} portent un dispositif.")


@app.command()
def check(config: ConfigFile = DEFAULT) -> None:
    """Vérifie la configuration et la base."""
    settings = _config(config)
    typer.echo(f"{config} : territoire « {settings.territory.name} », sources {', '.join(settings.sources)}.")
    wrong = list(stumbles(settings))
    for line in (*said_in_check(settings), *remarks(settings), *(f"À corriger : {said}" for said in wrong)):
        typer.echo(line)
    if not settings.database.exists():
        typer.echo("Aucune base : lancez « scanner run ».")
        raise typer.Exit(2 if wrong else 0)
    with _store(settings) as store:
        store.check()
    typer.echo(f"{settings.database} : intègre.")
    from nlp.verdicts import warning, weak

    for rule in weak(_precisions(settings)):
        typer.echo(f"À revoir, {warning(rule)}")
    raise typer.Exit(2 if wrong else 0)


@suivi.command("import")
def import_(file: Annotated[Path, typer.Argument(metavar="FICHIER")], config: ConfigFile = DEFAULT) -> None:
    """Garde les verdicts et le suivi d'un CSV « id;verdict;lot;commentaire » ; le même fichier n'ajoute rien."""
    from feeds.entry import count
    from scanner.feedback import read_feedback
    from scanner.listen import listen

    settings = _config(config)
    lines, issues = read_feedback(file, today=date.today())
    if broken := next((issue for issue in issues if issue.level == "error"), None):
        raise UsageError(broken.message)
    with _store(settings) as store:
        heard = listen(store, lines, today=date.today())
    for issue in issues[:_SHOWN]:
        typer.echo(issue.message, err=True)
    if len(issues) > _SHOWN:
        typer.echo(f"… et {len(issues) - _SHOWN} autres messages.", err=True)
    for said in _unfamiliar(heard):
        typer.echo(said, err=True)
    aside = sum(issue.level == "rejected" for issue in issues)
    typer.echo(
        f"{file} : {count(len(lines), 'ligne comprise', 'lignes comprises')}, "
        f"{count(heard.new, 'nouvelle', 'nouvelles')}, {count(heard.known, 'déjà connue', 'déjà connues')}, "
        f"{count(aside, 'mise de côté', 'mises de côté')}."
        + (" Pour redire ce qui est déjà connu, ajoutez une colonne date." if heard.known else "")
    )
    raise typer.Exit(1 if aside else 0)


@suivi.command()
def liste(as_json: JsonLines = False, config: ConfigFile = DEFAULT) -> None:
    """Montre où en est chaque consultation suivie : nouveau, vu, contacté, écarté."""
    import orjson

    with _store(_config(config)) as store:
        rows = store.following()
    for row in rows:
        typer.echo(orjson.dumps(row).decode() if as_json else _followed(row))
    if not rows and not as_json:
        typer.echo("Aucun suivi : importez un CSV avec « scanner suivi import FICHIER ».")


@app.command()
def verdict(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="L'avis : boamp:26-85977, ou son adresse.")],
    word: Annotated[str, typer.Argument(metavar="VERDICT", help="juste, faux_positif, dce:clause_insertion, vu…")],
    lot: Annotated[str, typer.Option(help="Le lot ; vide = tout l'avis.")] = "",
    comment: Annotated[str, typer.Option("--commentaire", help="Pourquoi, avec vos mots.")] = "",
    config: ConfigFile = DEFAULT,
) -> None:
    """Garde un verdict ou un état de suivi sur un avis, comme une ligne du CSV."""
    from scanner.feedback import understand
    from scanner.listen import listen

    cells = {"id": identifier, "verdict": word, "lot": lot, "comment": comment}
    settings, today = _config(config), date.today()
    try:
        lines = understand(cells, today=today, dated=True)
    except ValueError as error:
        raise UsageError(str(error)) from error
    with _store(settings) as store:
        heard = listen(store, lines, today=today)
    for said in _unfamiliar(heard):
        typer.echo(said, err=True)
    kept = "gardé ; rien n'est effacé, le dernier vaut" if heard.new else "déjà connu, rien n'est ajouté"
    typer.echo(f"{lines[0].id} : {word} {kept}.")


@app.command()
def dump(
    canonical: Annotated[bool, typer.Option("--canonical", help="Tables porteuses de sens, triées.")] = True,
    config: ConfigFile = DEFAULT,
) -> None:
    """Écrit la base en texte, pour comparer deux lectures."""
    with _store(_config(config)) as store:
        for line in store.dump_canonical():
            typer.echo(line)


def _precisions(config: Config) -> tuple[RulePrecision, ...]:
    """The precision of each rule by the verdicts of the database."""
    from nlp.verdicts import precision_by_rule
    from scanner.listen import judged_findings

    with _store(config) as store:
        return precision_by_rule(judged_findings(store, today=date.today()))


def _unfamiliar(heard: Heard) -> Iterator[str]:
    """The notices and lots that the database does not know: what is said of them is kept all the same."""
    if heard.strangers:
        more = f" et {len(heard.strangers) - _SHOWN} autres" if len(heard.strangers) > _SHOWN else ""
        named = ", ".join(heard.strangers[:_SHOWN])
        yield f"Avis inconnus de la base : {named}{more} ; gardés, ils compteront s'ils y entrent. Vérifiez-les."
    for key, lot in heard.lots[:_SHOWN]:
        yield f"{key} n'a pas de lot {lot} dans la base ; gardé, vérifiez le numéro."


def _followed(row: dict[str, Any]) -> str:
    where = "" if row["lot"] == "ensemble" else f", lot {row['lot']}"
    day = date.fromisoformat(row["depuis"]).strftime("%d/%m/%Y")
    reason = f" ({row['motif']})" if row["motif"] else ""
    about = f" : « {row['objet']} », {row['acheteur'] or 'acheteur inconnu'}" if row["objet"] else " : avis inconnu"
    return clean(f"{row['consultation']}{where}, {row['etat']} depuis le {day}{reason}{about}")


def _measured(path: Path, measure: Callable[[Path], tuple[Evaluation, Evaluation]]) -> tuple[Evaluation, Evaluation]:
    """The figures of a file; what could not be read of it is told on the error stream."""
    try:
        sure, unsure = measure(path)
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile, zlib.error, csv.Error) as error:
        raise UsageError(f"{path} : avis ou passages étiquetés attendus, en UTF-8 ({error}).") from error
    if not sure.size + unsure.size:
        raise UsageError(sure.unread[0] if sure.unread else f"{path} est vide : aucun avis étiqueté à lire.")
    for said in sure.unread:
        typer.echo(said, err=True)
    return sure, unsure


def _second_reader(folder: Path | None) -> SecondReader:
    from nlp.second_reader import load

    return load(folder) if folder else load()


def _period(since: str, until: str) -> tuple[date, date]:
    from scanner.run import week_of

    monday, sunday = week_of(date.today())
    end = _day(until, "--until") if until else sunday
    start = _day(since, "--since") if since else (week_of(end)[0] if end.isoweekday() == 7 else _monday(end))
    if not (since or until):
        start, end = monday, sunday
    if start > end:
        raise UsageError(f"--since ({start}) doit précéder --until ({end}).")
    return start, end


def _monday(day: date) -> date:
    return date.fromordinal(day.toordinal() - day.weekday())


def _day(value: str, option: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise UsageError(f"{option} vaut « {value} », un jour AAAA-MM-JJ est attendu.") from None


def _known(sources: list[str], config: Config) -> None:
    for name in sources:
        if name not in config.sources:
            raise UsageError(
                f"la source « {name} » n'est pas dans la configuration ; sources : {', '.join(config.sources)}."
            )


def _notices(path: Path, shape: str, limits: Limits) -> Iterator[Notice | None]:
    from scanner.recorded import notices
    from spiders.formats import PARSERS

    if shape not in (*PARSERS, "notice"):
        raise UsageError(f"--format vaut « {shape} » ; valeurs admises : {', '.join(PARSERS)}, notice.")
    return notices(path, shape, partial(typer.echo, err=True), limits)


def _limits(config: Path) -> Limits:
    """The limits of the configuration, when there is one."""
    from scanner.limits import defaults

    return _config(config).limits if config.exists() else defaults()


def _told(outcome: Outcome, config: Config) -> str:
    """The closing words of a run."""
    reading, edition = outcome.reading, outcome.edition
    lines = [f"Semaine {edition.week} ({edition.since} → {edition.until}), territoire : {edition.territory}."]
    lines.append(f"{reading.read} avis nouveaux lus, {reading.rejected} rejetés (conservés dans l'archive).")
    for row in edition.coverage:
        if not row.complete:
            known = f"{row.fetched} reçus sur {row.expected}" if row.expected else "nombre d'avis inconnu"
            lines.append(f"Source incomplète : {row.source} {row.day}, {known}.")
    told = (one for one in outcome.issues if one.level != "warning" or one.code.startswith("attente_"))
    errors = [issue.message for issue in told]
    lines += [f"  {message}" for message in errors[:10]]
    if len(errors) > 10:
        lines.append(f"  … et {len(errors) - 10} autres, voir la table « issues ».")
    lines.append(f"À ouvrir d'abord : {config.public / 'index.html'}")
    return "\n".join(lines)


@contextmanager
def _bars() -> Iterator[Progress]:
    """Progress bars on the error stream, only where someone watches."""
    from scanner.run import silent

    if not sys.stderr.isatty():
        yield silent
        return
    from rich.console import Console
    from rich.progress import Progress as Bars

    with Bars(console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def report(step: str, done: int, total: int) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step)
            bars.update(tasks[step], completed=done, total=total)

        yield report
