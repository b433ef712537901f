"""Which contracts were awarded? A file of « données essentielles » that DuckDB reads by columns, never loaded whole.

One row a contract comes out, in the order of (buyer, number): its last state wins. Caveats: the source has one row per
market × holder × amendment, an amendment carries its own date, and ids are unique only within their buyer.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import tempfile
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from http.client import HTTPException
from pathlib import Path
from typing import Any

import duckdb
from stdnum.fr import siret as siret_rule

from scanner.datafile import DataFileError
from scanner.issues import Issue
from scanner.links import followed, same_host, told
from scanner.source import Source, load

#: What a contract is made of, in the order of the tuples that ``contracts`` yields.
COLUMNS = (
    "buyer", "number", "state", "published", "notified", "nature", "object", "cpv", "framework", "amount", "corrected",
    "months", "social", "departement", "place", "holders", "holder_names", "anomalies",
)  # fmt: skip
MEMORY, THREADS, BATCH = "768MB", 2, 20_000
_NUTS = re.compile(r"FR[A-Z]\d{0,2}|FR\d{1,3}")
_OPTIONAL = ("buyer_name", "buyer_place", "nature", "object", "cpv", "techniques", "amount", "amount_amended",
    "amount_corrected", "amount_anomaly", "months", "months_amended", "notified", "published", "social", "place",
    "place_kind", "holder", "holder_2", "holder_3", "holder_name", "modification", "current", "origin")  # fmt: skip

Departement = Callable[[str, str], str | None]


@dataclass(slots=True)
class DecpFile:
    """One opened file. ``told`` counts its anomalies while ``contracts`` is read; ``issues`` is complete after it."""

    path: Path
    source: Source
    rows: int
    keyless: int
    broken: int
    columns: tuple[str, ...]
    told: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    unknown: Counter[str] = field(default_factory=Counter)
    kept: int = 0
    left: int = 0
    _connection: Any = None

    def buyers(self, departement: Departement) -> list[tuple[str, str, str | None]]:
        """(SIRET, name, département) of every buyer that the file names, sorted."""
        rows = self._connection.execute(
            "SELECT buyer, coalesce(max(buyer_name), ''), max(buyer_place) FROM line GROUP BY buyer ORDER BY buyer"
        ).fetchall()
        return [(siret, name, departement(place, "") if place else None) for siret, name, place in rows]

    def contracts(
        self, *, today: date, departement: Departement, since: date | None = None, departements: Sequence[str] = ()
    ) -> Iterator[tuple[Any, ...]]:
        """One tuple of COLUMNS a contract, sorted; those of other ``departements`` (execution and buyer) are left.

        ``since`` is the first day of notification kept; a contract without date is. ``today`` tells what is to come.
        ``departement`` is that of a place code and its kind, None when there is none.
        """
        places: dict[tuple[str, str], tuple[str | None, str]] = {}
        homes = {siret: home for siret, _, home in self.buyers(departement)}
        wrong = {siret for siret in homes if not siret_rule.is_valid(siret)}
        socials: dict[str | None, tuple[str | None, tuple[str, ...]]] = {}
        wanted = frozenset(departements)
        cursor = self._connection.execute(_CONTRACTS, self._bounds(today, since))
        while batch := cursor.fetchmany(BATCH):
            for row in batch:
                (buyer, number, state, published, notified, nature, name, cpv, framework, amount, corrected, months,
                 social, place, near, kind, holders, holder_names, flags) = row  # fmt: skip
                where = places.get((near, kind))
                if where is None:
                    where = places[near, kind] = _where(near or "", kind or "", departement)
                if social not in socials:
                    socials[social] = self._words(social)
                words, strange = socials[social]
                home = where[0] or homes.get(buyer)
                if departements and home and not {home, homes.get(buyer)} & wanted:
                    self.left += 1
                    continue
                flags = [*flags.split(), *filter(None, (where[1], "siret_invalide" if buyer in wrong else ""))]
                for code in (*flags, *strange):
                    self._count(code, buyer, number)
                anomalies = " ".join(code for code in (*flags, *strange) if not code.startswith("?"))
                self.kept += 1
                yield (buyer, number, state, published, notified, nature, name, cpv, framework, amount, corrected,
                       months, words, home, place, holders, holder_names, anomalies)  # fmt: skip

    def issues(self) -> list[Issue]:
        """What was abnormal: each kind once, with its count and three examples; columns never seen; lost lines."""
        found = [
            self._issue(name, "colonne_inconnue", f"La colonne « {name} » est nouvelle et n'est pas lue ; "
                        "ajoutez-la sous lookups.columns ou ignore dans spiders/decp.yml.")
            for name in self.columns
            if not self.source.lookup("columns", name.upper()) and name.lower() not in self.source.ignore
        ]  # fmt: skip
        if self.keyless:
            found.append(self._issue(
                "sans_numero", "ligne_sans_cle", f"{self.keyless} lignes sans acheteur ou sans numéro de marché ne "
                "sont pas chargées ; signalez-les à l'éditeur de la table."))  # fmt: skip
        if self.broken:
            found.append(self._issue(
                "lignes", "ligne_illisible", f"Lignes qui n'ont pas les colonnes de leur titre : {self.broken}, non "
                "chargées ; préférez le fichier Parquet, ou signalez-les à l'éditeur."))  # fmt: skip
        for value, count in sorted(self.unknown.items()):
            found.append(self._issue(
                value, "consideration_inconnue", f"La considération sociale « {value} » ({_markets(count)}) n'est pas "
                "connue ; ajoutez-la sous lookups.social dans spiders/decp.yml."))  # fmt: skip
        for code, count in sorted(self.told.items()):
            seen = ", ".join(self.examples[code])
            found.append(self._issue(
                code, code, f"{_markets(count)} : {self.source.lookups['anomaly'][code]} (exemples : {seen}) ; "
                "tout est gardé et marqué, vérifiez avant de citer."))  # fmt: skip
        return found

    def _issue(self, key: str, code: str, message: str) -> Issue:
        return Issue(self.source.name, key, code, message)

    def _count(self, code: str, buyer: str, number: str) -> None:
        if code.startswith("?"):
            self.unknown[code[1:]] += 1
            return
        self.told[code] += 1
        if len(seen := self.examples.setdefault(code, [])) < 3:
            seen.append(f"{buyer}/{number}")

    def _bounds(self, today: date, since: date | None) -> dict[str, Any]:
        expect = self.source.expect
        return {
            "today": today.isoformat(), "first": expect["first_day"], "since": (since or date.min).isoformat(),
            "least": expect["amount_min"], "most": expect["amount_max"], "longest": expect["months_max"],
        }  # fmt: skip

    def _words(self, social: str | None) -> tuple[str | None, tuple[str, ...]]:
        """The considerations in our words, and what is strange in them; None when nothing is said.

        An unknown value comes back as ``?value``, and stays so beside the known ones.
        """
        if social is None:
            return None, ()
        found, strange = set[str](), list[str]()
        for written in re.split(r"[,;|]", social.strip("[]")):
            if value := written.strip().strip("'\""):
                word = self.source.lookup("social", value.upper())
                found.add(word or f"?{value}")
                strange += [] if word else [f"?{value}"]
        if "aucune" in found and len(found) > 1:
            found.remove("aucune")
            strange.append("consideration_contradictoire")
        return ", ".join(sorted(found)) or None, tuple(strange)


@contextmanager
def opened(path: Path, *, memory: str = MEMORY, threads: int = THREADS) -> Iterator[DecpFile]:
    """The file at ``path``: Parquet, CSV (gzip too), or JSON (official format, or rows of the API).

    DataFileError (French) when it cannot be read or has no column for the buyer and the number.
    """
    source = load("decp")
    with tempfile.TemporaryDirectory() as folder:
        connection = duckdb.connect(
            f"{folder}/decp.duckdb",
            config={"memory_limit": memory, "threads": threads, "temp_directory": folder,
                    "preserve_insertion_order": False},
        )  # fmt: skip
        try:
            connection.execute("SET enable_progress_bar = false")  # a terminal would be drawn upon
            table = _table(path, source, Path(folder))
            table = _cut(connection, table)
            names = [name for name, *_ in connection.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()]
            rows, keyless = _lines(connection, table, names, source)
            broken = _broken(connection) if table.startswith("read_csv") else 0
            yield DecpFile(path, source, rows, keyless, broken, tuple(names), _connection=connection)
        except duckdb.Error as error:
            raise DataFileError(f"{path} : fichier DECP illisible ({str(error).splitlines()[0]}).") from error
        finally:
            connection.close()


class _Followed(urllib.request.HTTPRedirectHandler):
    """Redirections stay on the configured host or the public network."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        if not followed(newurl) and not same_host(newurl, req.full_url):
            raise OSError(f"{req.full_url} renvoie vers une {told(newurl) or 'adresse non suivie'}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetched(url: str, user_agent: str, folder: Path) -> Path:
    """The file that ``url`` leads to, saved in ``folder`` chunk by chunk. OSError when it does not come whole."""
    request = urllib.request.Request(url, headers={"User-Agent": user_agent})
    size = 0
    with urllib.request.build_opener(_Followed).open(request, timeout=120) as answer:
        kind = ".csv" if "csv" in (answer.headers.get("Content-Type") or "") else ".parquet"
        path = folder / f"decp{Path(answer.url.split('?')[0]).suffix or kind}"
        announced = answer.headers.get("Content-Length")
        try:
            with path.open("wb") as out:
                while chunk := answer.read(1 << 20):
                    size += out.write(chunk)
        except HTTPException as error:  # a body in pieces that ends before its last one
            raise OSError(f"{url} : interrompu après {size} octets ({error!r})") from error
    if not size or (announced and size != int(announced)):
        raise OSError(f"{url} : {size} octets reçus sur {announced or '?'}")
    return path


def _table(path: Path, source: Source, folder: Path) -> str:
    """What DuckDB reads ``path`` with."""
    if not path.is_file():
        raise DataFileError(f"{path} : fichier DECP introuvable.")
    name = path.name.lower()
    if name.endswith(".json"):
        if path.stat().st_size > source.expect["json_max"]:
            raise DataFileError(
                f"{path} : JSON trop gros pour être lu d'un bloc, prenez la table consolidée (Parquet)."
            )
        path, name = _flattened(path, folder / "decp.csv"), "decp.csv"
    quoted = str(path).replace("'", "''")
    if name.endswith((".csv", ".csv.gz")):
        return f"read_csv('{quoted}', {_heading(path)}, header=true, nullstr='', store_rejects=true, strict_mode=true)"
    if name.endswith(".parquet"):
        return f"read_parquet('{quoted}')"
    raise DataFileError(f"{path} : « .parquet », « .csv », « .csv.gz » ou « .json » est attendu.")


def _heading(path: Path) -> str:
    """The separator and the columns that the first line tells, every one text: DuckDB is left nothing to guess."""
    opener = gzip.open if path.name.lower().endswith(".gz") else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", newline="") as stream:
            first = stream.readline()
    except UnicodeDecodeError as error:
        raise DataFileError(
            f"{path} : CSV qui n'est pas en UTF-8 ; enregistrez-le en UTF-8, ou prenez le fichier Parquet."
        ) from error
    except (OSError, EOFError) as error:
        raise DataFileError(f"{path} : fichier DECP illisible ({error}).") from error
    mark = max(",;\t", key=first.count)
    names = next(csv.reader([first], delimiter=mark), [])
    if not names or len(set(names)) < len(names):
        raise DataFileError(f"{path} : la première ligne doit nommer chaque colonne une fois.")
    columns = ", ".join("'{}': 'VARCHAR'".format(name.replace("'", "''")) for name in names)
    return f"delim='{mark}', quote='\"', escape='\"', auto_detect=false, columns={{{columns}}}"


def _lines(connection: Any, table: str, names: Sequence[str], source: Source) -> tuple[int, int]:
    """Fills the table ``line`` with the columns we read, as text; returns how many rows, and how many have no key."""
    ours: dict[str, list[str]] = {}
    for column in sorted(names, key=lambda name: list(source.lookups["columns"]).index(name.upper())
                         if name.upper() in source.lookups["columns"] else 0):  # fmt: skip
        if name := source.lookup("columns", column.upper()):
            quoted = column.replace('"', '""')
            ours.setdefault(name, []).append(f"""nullif(nullif(trim(CAST("{quoted}" AS VARCHAR)), ''), 'CDL')""")
    for needed in ("buyer", "number"):
        if needed not in ours:
            raise DataFileError(
                f"aucune colonne n'est connue pour « {needed} » ({', '.join(names)}) ; complétez lookups.columns dans "
                "spiders/decp.yml."
            )
    picked = [f"coalesce({', '.join(ours.get(name, ['NULL::VARCHAR']))}, NULL) AS {name}" for name in _OPTIONAL]
    connection.execute(
        "CREATE MACRO figure(text) AS CASE WHEN isfinite(try_cast(replace(text, ',', '.') AS DOUBLE)) "
        "THEN try_cast(replace(text, ',', '.') AS DOUBLE) END"
    )
    connection.execute(
        f"CREATE TABLE line AS SELECT replace({ours['buyer'][0]}, ' ', '') AS buyer, {ours['number'][0]} AS number, "
        f"{', '.join(picked)} FROM {table}"
    )
    (rows,) = connection.execute("SELECT count(*) FROM line").fetchone()
    (keyless,) = connection.execute("SELECT count(*) FROM line WHERE buyer IS NULL OR number IS NULL").fetchone()
    connection.execute("DELETE FROM line WHERE buyer IS NULL OR number IS NULL")
    return int(rows), int(keyless)


def _cut(connection: Any, table: str) -> str:
    """``table`` cut strictly, else a line of too many columns is loaded shifted; a quote never closed forbids it."""
    if not table.startswith("read_csv"):
        return table
    try:
        connection.execute(f"SELECT count(COLUMNS(*)) FROM {table}").fetchall()
    except duckdb.InvalidInputException:
        return table.replace("strict_mode=true", "strict_mode=false")
    finally:
        connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    return table


def _broken(connection: Any) -> int:
    """How many lines of a CSV could not be cut into its columns."""
    (count,) = connection.execute("SELECT count(DISTINCT line) FROM reject_errors").fetchone()
    return int(count)


#: Every attribute is that of the last state: its rows differ by holder only, so a maximum picks the same one always.
_CONTRACTS = r"""
WITH typed AS (
    SELECT *, coalesce(try_cast(modification AS INTEGER), 0)
            + CASE WHEN lower(current) IN ('true', '1', 'oui') THEN 1000000 ELSE 0 END AS state,
        coalesce(figure(amount_amended), figure(amount)) AS euros,
        coalesce(figure(months_amended), figure(months)) AS duration,
        try_cast(left(notified, 10) AS DATE) AS day
    FROM line
), last AS (
    SELECT buyer, number, max(state) AS state, min(day) AS day FROM typed GROUP BY buyer, number
    HAVING min(day) IS NULL OR min(day) >= CAST($since AS DATE)
), merged AS (
    SELECT t.buyer, t.number, any_value(t.state) AS state, max(left(t.published, 10)) AS published,
        any_value(l.day) AS day, max(t.nature) AS nature, 
        left(regexp_replace(max(t.object), '\s+', ' ', 'g'), 200) AS object,
        max(regexp_extract(t.cpv, '^[0-9]{8}')) AS code, max(t.cpv) AS cpv,
        coalesce(max(t.techniques) LIKE '%ccord-cadre%', false) AS framework,
        max(t.euros) AS euros, min(t.euros) AS lowest, max(t.amount) AS amount,
        max(figure(t.amount_corrected)) AS corrected, max(t.amount_anomaly) AS anomaly,
        max(t.duration) AS duration, max(t.months) AS months, max(t.social) AS social,
        max(t.place) AS place, arg_max(t.place_kind, t.place) AS kind, max(t.buyer_place) AS home,
        max(t.notified) AS notified,
        max(t.origin) AS origin,
        string_agg(DISTINCT concat_ws(', ', t.holder, t.holder_2, t.holder_3), ', '
            ORDER BY concat_ws(', ', t.holder, t.holder_2, t.holder_3)) AS holders,
        string_agg(DISTINCT t.holder_name, ', ' ORDER BY t.holder_name) AS holder_names
    FROM typed t JOIN last l ON l.buyer = t.buyer AND l.number = t.number AND l.state = t.state
    GROUP BY t.buyer, t.number
), twin AS (
    SELECT buyer, code, day, euros, holders, min(origin) AS kept FROM merged
    WHERE code <> '' AND day IS NOT NULL AND euros IS NOT NULL AND holders <> '' AND origin IS NOT NULL
    GROUP BY ALL HAVING min(origin) <> max(origin)
)
SELECT m.buyer, m.number, m.state, m.published, CAST(m.day AS VARCHAR), m.nature, m.object, nullif(m.code, ''),
    CAST(m.framework AS INTEGER), m.euros, m.corrected, m.duration, m.social, m.place, coalesce(m.place, m.home),
    CASE WHEN m.place IS NOT NULL THEN m.kind END, nullif(m.holders, ''),
    m.holder_names,
    concat_ws(' ',
        CASE WHEN m.amount IS NOT NULL AND m.euros IS NULL THEN 'montant_illisible'
             WHEN m.euros < $least AND NOT (m.euros = 0) THEN 'montant_infime'
             WHEN m.euros > $most THEN 'montant_enorme' END,
        CASE WHEN m.euros <> m.lowest THEN 'montants_divers' END,
        CASE m.anomaly WHEN 'suspect' THEN 'montant_suspect' WHEN 'aberrant' THEN 'montant_aberrant' END,
        CASE WHEN m.day IS NULL AND m.notified IS NULL THEN 'date_absente' WHEN m.day IS NULL THEN 'date_illisible'
             WHEN m.day < CAST($first AS DATE) THEN 'date_ancienne'
             WHEN m.day > CAST($today AS DATE) THEN 'date_future' END,
        CASE WHEN m.months IS NOT NULL AND m.duration IS NULL THEN 'duree_illisible'
             WHEN m.duration < 0 OR m.duration > $longest THEN 'duree_demesuree' END,
        CASE WHEN m.cpv IS NOT NULL AND coalesce(m.code, '') = '' THEN 'cpv_illisible' END,
        CASE WHEN w.kept IS NOT NULL AND m.origin <> w.kept THEN 'doublon_probable' END)
FROM merged m LEFT JOIN twin w ON w.buyer = m.buyer AND w.code = m.code AND w.day = m.day AND w.euros = m.euros
    AND w.holders = m.holders
ORDER BY m.buyer, m.number
"""


def _markets(count: int) -> str:
    return f"{count} marché{'s' if count > 1 else ''}"


def _where(place: str, kind: str, departement: Departement) -> tuple[str | None, str]:
    """The département of a place code, and the anomaly that it is."""
    if not place:
        return None, ""
    found = departement(place, kind)
    if _NUTS.fullmatch(place.upper()):
        return found, "lieu_nuts"
    wide = any(word in kind.lower() for word in ("pays", "région", "region"))
    return found, "" if found or wide else "lieu_illisible"


def _flattened(path: Path, out: Path) -> Path:
    """A JSON file as a CSV of one row per market × holder × amendment, in the columns of the consolidated table."""
    try:
        content = json.loads(path.read_bytes())  # not orjson: the official files hold NaN
        rows = content["results"] if "results" in content else list(_official(content["marches"]))
        if not all(isinstance(row, dict) for row in rows):
            raise ValueError("« results » n'est pas une liste de marchés")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataFileError(f"{path} : JSON DECP illisible ({type(error).__name__} : {error}).") from error
    with out.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)
    return out


def _official(root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Rows of the official format 2.0: markets and concessions, each state after its amendments in their order."""
    for kind in ("marche", "contrat-concession"):
        for market in root.get(kind) or ():
            yield from _states(market if isinstance(market, dict) else {})  # one without key: counted, not loaded


def _states(market: dict[str, Any]) -> Iterator[dict[str, Any]]:
    amendments = _inner(market.get("modifications"), "modification")
    state = dict(market)
    for rank, change in enumerate([{}, *sorted(amendments, key=lambda one: _rank(one.get("id")))]):
        state |= {name: value for name, value in change.items() if name != "id"}
        buyer = _object(state.get("acheteur") or state.get("autoriteConcedante"))
        place = _object(state.get("lieuExecution"))
        day = state.get("dateNotificationModification") or state.get("dateSignatureModification")
        row = {
            "id": market.get("id"), "acheteur_id": buyer.get("id"), "nature": state.get("nature"),
            "objet": state.get("objet"), "codeCPV": state.get("codeCPV"), "dureeMois": state.get("dureeMois"),
            "techniques": _joined(state.get("techniques"), "technique"),
            "montant": state.get("montant", state.get("valeurGlobale")),
            "dateNotification": day or state.get("dateNotification") or state.get("dateSignature"),
            "datePublicationDonnees": state.get("datePublicationDonnees"),
            "considerationsSociales": _joined(state.get("considerationsSociales"), "considerationSociale"),
            "lieuExecution_code": place.get("code"), "lieuExecution_typeCode": place.get("typeCode"),
            "modification_id": rank, "titulaire_id": None,
        }  # fmt: skip
        holders = _inner(state.get("titulaires"), "titulaire")
        holders += _inner(state.get("concessionnaires"), "concessionnaire")
        for holder in holders or [{}]:
            yield row | {"titulaire_id": holder.get("id")}


def _object(node: Any) -> dict[str, Any]:
    return node if isinstance(node, dict) else {}


def _rank(written: Any) -> int:
    """The number of an amendment, 0 when it is none: the file's own order then holds."""
    return int(written) if str(written).isdecimal() else 0


def _inner(node: Any, name: str) -> list[dict[str, Any]]:
    """The objects under ``name``, in a list, alone, or without that wrapper: producers do all three."""
    nodes = node if isinstance(node, list) else [node]
    opened = [one.get(name, one) for one in nodes if isinstance(one, dict)]
    flat = [part for one in opened for part in (one if isinstance(one, list) else [one])]
    return [one for one in flat if isinstance(one, dict)]


def _joined(node: Any, name: str) -> str | None:
    """The values of ``{name: […]}``, of a list of ``{name: value}``, or of a plain list, joined as the table does."""
    values = node.get(name) if isinstance(node, dict) else node
    if values is None:
        return None
    flat = [
        one.get(name) if isinstance(one, dict) else one for one in (values if isinstance(values, list) else [values])
    ]
    return ", ".join(str(value) for value in flat if value)
