"""What tables does the database hold? Ordered steps, each applied once and remembered in ``_migrations``."""

from __future__ import annotations

from collections.abc import Callable

import sqlite_utils

Step = Callable[[sqlite_utils.Database], None]
STEPS: list[Step] = []


def migration(step: Step) -> Step:
    """Registers a step; its function name is its key, the order of this file is the order of application."""
    STEPS.append(step)
    return step


def migrate(db: sqlite_utils.Database) -> list[str]:
    """Applies the steps this database has not had yet and returns their names. One transaction a step."""
    db.conn.execute("CREATE TABLE IF NOT EXISTS _migrations (name TEXT PRIMARY KEY)")
    done = {name for (name,) in db.conn.execute("SELECT name FROM _migrations")}
    applied = []
    for step in STEPS:
        name = step.__name__
        if name in done:
            continue
        db.conn.execute("BEGIN IMMEDIATE")
        try:
            step(db)
            db.conn.execute("INSERT INTO _migrations (name) VALUES (?)", (name,))
        except BaseException:
            db.conn.execute("ROLLBACK")
            raise
        db.conn.execute("COMMIT")
        applied.append(name)
    return applied


def _run(db: sqlite_utils.Database, script: str) -> None:
    for statement in script.split(";\n"):
        if statement.strip():
            db.conn.execute(statement)


@migration
def archive_tables(db: sqlite_utils.Database) -> None:
    """What the sources sent, as received."""
    _run(
        db,
        """
CREATE TABLE raw (
    id TEXT PRIMARY KEY, source TEXT NOT NULL, key TEXT NOT NULL, url TEXT NOT NULL, fetched_at TEXT NOT NULL,
    sha TEXT NOT NULL, body BLOB NOT NULL, read_sha TEXT, status TEXT
);
CREATE INDEX raw_unread ON raw (id) WHERE read_sha IS NOT sha;
CREATE TABLE raw_versions (
    raw TEXT NOT NULL REFERENCES raw (id), sha TEXT NOT NULL, url TEXT NOT NULL, fetched_at TEXT NOT NULL,
    body BLOB NOT NULL, PRIMARY KEY (raw, sha)
);
""",
    )


@migration
def reading_tables(db: sqlite_utils.Database) -> None:
    """What was read in them: notices and their parts, findings, opportunities, tenders."""
    _run(
        db,
        """
CREATE TABLE tenders (
    id TEXT PRIMARY KEY, first_notice TEXT NOT NULL, latest_notice TEXT NOT NULL,
    first_published TEXT NOT NULL, latest_published TEXT NOT NULL
);
CREATE TABLE aliases (key TEXT PRIMARY KEY, tender TEXT NOT NULL);
CREATE TABLE notices (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, raw TEXT NOT NULL REFERENCES raw (id), tender TEXT NOT NULL,
    source TEXT NOT NULL, kind TEXT NOT NULL, published TEXT NOT NULL, deadline TEXT, title TEXT NOT NULL,
    buyer TEXT NOT NULL, siret TEXT, procedure TEXT NOT NULL, departements TEXT NOT NULL, places_source TEXT NOT NULL,
    cpv TEXT NOT NULL, url TEXT NOT NULL, documents_url TEXT NOT NULL, read_in_full INTEGER NOT NULL,
    document TEXT NOT NULL, digest TEXT NOT NULL
);
CREATE INDEX notices_raw ON notices (raw);
CREATE INDEX notices_tender ON notices (tender);
CREATE INDEX notices_published ON notices (published);
CREATE INDEX notices_deadline ON notices (deadline);
CREATE TABLE buyers (
    notice TEXT NOT NULL REFERENCES notices (id), position INTEGER NOT NULL, name TEXT NOT NULL, siret TEXT, email TEXT,
    phone TEXT, street TEXT, postcode TEXT, city TEXT, nuts TEXT, PRIMARY KEY (notice, position)
);
CREATE TABLE lots (
    notice TEXT NOT NULL REFERENCES notices (id), position INTEGER NOT NULL, number TEXT, whole INTEGER NOT NULL,
    title TEXT NOT NULL, description TEXT NOT NULL, cpv TEXT NOT NULL, places TEXT NOT NULL, amount TEXT,
    duration_months REAL, status TEXT NOT NULL, PRIMARY KEY (notice, position)
);
CREATE INDEX lots_status ON lots (status);
CREATE TABLE passages (
    notice TEXT NOT NULL REFERENCES notices (id), position INTEGER NOT NULL, field TEXT NOT NULL, lot TEXT,
    text TEXT NOT NULL, PRIMARY KEY (notice, position)
);
CREATE TABLE coded (
    notice TEXT NOT NULL REFERENCES notices (id), position INTEGER NOT NULL, field TEXT NOT NULL, lot TEXT,
    value TEXT NOT NULL, PRIMARY KEY (notice, position)
);
CREATE TABLE findings (
    notice TEXT NOT NULL REFERENCES notices (id), position INTEGER NOT NULL, about TEXT, label TEXT NOT NULL,
    reading TEXT NOT NULL, quote TEXT NOT NULL, field TEXT NOT NULL, passage INTEGER, lot TEXT, start INTEGER,
    "end" INTEGER, rule TEXT NOT NULL, cue TEXT NOT NULL, hours TEXT NOT NULL, percent TEXT NOT NULL,
    notes TEXT NOT NULL, proposed INTEGER NOT NULL, facilitator TEXT NOT NULL, PRIMARY KEY (notice, position)
);
CREATE INDEX findings_label ON findings (label, reading);
CREATE TABLE opportunities (
    notice TEXT NOT NULL REFERENCES notices (id), position INTEGER NOT NULL, lot TEXT, segment TEXT NOT NULL,
    lever TEXT NOT NULL, score INTEGER NOT NULL, reasons TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (notice, position)
);
CREATE INDEX opportunities_score ON opportunities (score);
""",
    )


@migration
def journal_tables(db: sqlite_utils.Database) -> None:
    """What the runs did: coverage, issues, editions."""
    _run(
        db,
        """
CREATE TABLE runs (
    id INTEGER PRIMARY KEY, started TEXT NOT NULL, finished TEXT, since TEXT, until TEXT, status TEXT NOT NULL,
    read INTEGER, rejected INTEGER
);
CREATE TABLE issues (
    run INTEGER NOT NULL REFERENCES runs (id), source TEXT NOT NULL, key TEXT NOT NULL, code TEXT NOT NULL,
    level TEXT NOT NULL, message TEXT NOT NULL, PRIMARY KEY (run, source, key, code, level, message)
);
CREATE TABLE coverage (
    source TEXT NOT NULL, day TEXT NOT NULL, expected INTEGER NOT NULL, fetched INTEGER NOT NULL,
    parsed INTEGER NOT NULL, rejected INTEGER NOT NULL, missing INTEGER NOT NULL, complete INTEGER NOT NULL,
    PRIMARY KEY (source, day)
);
CREATE TABLE editions (
    week TEXT PRIMARY KEY, reference TEXT NOT NULL, since TEXT NOT NULL, until TEXT NOT NULL
);
""",
    )


@migration
def full_text(db: sqlite_utils.Database) -> None:
    """Search in titles and passages, accents ignored; rows are added and removed by the store, batch by batch."""
    _run(
        db,
        """
CREATE VIEW search_content AS
SELECT number, title, (
    SELECT group_concat(text, char(10)) FROM (SELECT text FROM passages WHERE notice = notices.id ORDER BY position)
) AS text FROM notices;
CREATE VIRTUAL TABLE search USING fts5 (
    title, text, content='search_content', content_rowid='number', tokenize='unicode61 remove_diacritics 2'
);
""",
    )


_COLUMNS = """
    n.published AS date, n.buyer AS acheteur, n.title AS objet,
    CASE WHEN l.number IS NULL THEN 'ensemble' ELSE l.number END AS lot"""
_TAIL = """
    (SELECT group_concat(value, ', ') FROM json_each(n.departements)) AS departements,
    n.deadline AS date_limite, n.url AS lien"""
_HOURS = "(SELECT group_concat(json_extract(value, '$.value'), ', ') FROM json_each(f.hours)) AS heures"
_FINDINGS = f"""SELECT {_COLUMNS}, f.label AS dispositif, f.quote AS extrait, {_HOURS}, {_TAIL}
FROM findings f JOIN notices n ON n.id = f.notice
JOIN lots l ON l.notice = f.notice AND l.number IS f.about"""
_ORDER = "ORDER BY n.published DESC, n.id, l.position"


@migration
def french_views(db: sqlite_utils.Database) -> None:
    """What a reader opens first, in French."""
    _run(
        db,
        f"""
CREATE VIEW semaine AS {_FINDINGS}
WHERE f.reading <> 'denied' AND n.published > date((SELECT max(published) FROM notices), '-7 days')
{_ORDER}, f.position;
CREATE VIEW marches_reserves AS {_FINDINGS}
WHERE f.reading = 'affirmed' AND f.label LIKE 'reserve\\_%' ESCAPE '\\'
{_ORDER}, f.position;
CREATE VIEW clauses AS {_FINDINGS}
WHERE f.reading = 'affirmed' AND f.label IN ('objet_insertion', 'clause_insertion', 'clause_formation_stage')
{_ORDER}, f.position;
CREATE VIEW opportunites AS SELECT {_COLUMNS}, o.lever AS dispositif, o.score AS score,
    (SELECT group_concat(value, ' ; ') FROM json_each(o.reasons)) AS extrait, NULL AS heures, {_TAIL}
FROM opportunities o JOIN notices n ON n.id = o.notice
JOIN lots l ON l.notice = o.notice AND l.number IS o.lot
ORDER BY o.score DESC, n.published DESC, n.id, l.position;
CREATE VIEW a_verifier AS {_FINDINGS}
WHERE f.reading = 'conditional' OR f.proposed = 1 OR f.label IN ('reserve_indetermine', 'clause_insertion_facultative')
{_ORDER}, f.position;
CREATE VIEW recherche AS SELECT n.number AS numero, n.published AS date, n.buyer AS acheteur, n.title AS objet,
    c.text AS texte, {_TAIL}
FROM notices n JOIN search_content c ON c.number = n.number;
""",
    )


_DEVICES = {
    "reserve_penitentiaire": "réservé au travail pénitentiaire",
    "reserve_ess": "réservé à l''économie sociale et solidaire",
    "reserve_cumul": "réservé aux EA, ESAT et SIAE",
    "reserve_siae": "réservé aux SIAE",
    "reserve_ea_esat": "réservé aux entreprises adaptées et ESAT",
    "reserve_indetermine": "réservé, catégorie non précisée",
    "objet_insertion": "marché ayant pour objet l''insertion",
    "clause_insertion": "clause d''insertion",
    "clause_formation_stage": "clause de formation ou de stage",
    "clause_insertion_facultative": "clause d''insertion facultative",
    "critere_social": "critère social",
    "clause_sociale_generique": "condition sociale générale",
    "objectif_social": "objectif social déclaré",
}
_WHEN = " ".join(f"WHEN '{code}' THEN '{told}'" for code, told in _DEVICES.items())
_DEVICE = f"CASE f.label {_WHEN} ELSE f.label END"
_READING = "CASE f.reading WHEN 'affirmed' THEN 'affirmé' WHEN 'conditional' THEN 'facultatif ou conditionnel' END"
_QUOTE = "CASE WHEN f.passage IS NULL THEN 'case du formulaire : ' || f.quote ELSE f.quote END"
_PER = """CASE json_extract(value, '$.per') WHEN 'year' THEN ' par an' WHEN 'lot' THEN ' par lot'
        WHEN 'tranche' THEN ' par tranche' WHEN 'period' THEN ' par période' ELSE ' pour le marché' END"""
_FIGURES = f"""(SELECT group_concat(printf('%g', json_extract(value, '$.value')) || {_PER}, ' ; ')
        FROM json_each(f.hours)) AS heures,
    (SELECT group_concat(printf('%g %%', json_extract(value, '$.value')), ' ; ')
        FROM json_each(f.percent)) AS pourcentage"""
_PARIS_TAIL = _TAIL.replace("n.deadline", "replace(substr(n.deadline, 1, 16), 'T', ' ')")
_TOLD = f"""SELECT {_COLUMNS}, {_DEVICE} AS dispositif, {_READING} AS lecture, {_QUOTE} AS extrait,
    {_FIGURES}, {_PARIS_TAIL}
FROM findings f JOIN notices n ON n.id = f.notice
JOIN lots l ON l.notice = f.notice AND l.number IS f.about
WHERE f.reading <> 'denied'"""


@migration
def views_in_words(db: sqlite_utils.Database) -> None:
    """The views without codes: devices and readings in French, denials out, reasons named as reasons."""
    _run(
        db,
        f"""
DROP VIEW semaine;
DROP VIEW marches_reserves;
DROP VIEW clauses;
DROP VIEW opportunites;
DROP VIEW a_verifier;
CREATE VIEW semaine AS {_TOLD} AND n.published > date((SELECT max(published) FROM notices), '-7 days')
{_ORDER}, f.position;
CREATE VIEW marches_reserves AS {_TOLD} AND f.reading = 'affirmed' AND f.label LIKE 'reserve\\_%' ESCAPE '\\'
{_ORDER}, f.position;
CREATE VIEW clauses AS {_TOLD} AND f.reading = 'affirmed'
AND f.label IN ('objet_insertion', 'clause_insertion', 'clause_formation_stage')
{_ORDER}, f.position;
CREATE VIEW a_verifier AS {_TOLD} AND (f.reading = 'conditional' OR f.proposed = 1
    OR f.notes LIKE '%CONTRADICTOIRE%' OR f.notes LIKE '%ARTICLE_PUBLIC%' OR f.notes LIKE '%SANS_COCHE%'
    OR f.label IN ('reserve_indetermine', 'clause_insertion_facultative'))
{_ORDER}, f.position;
CREATE VIEW opportunites AS SELECT {_COLUMNS}, o.lever AS piste, o.score AS score, o.segment AS metier,
    (SELECT group_concat(value, ' ; ') FROM json_each(o.reasons)) AS raisons, {_PARIS_TAIL}
FROM opportunities o JOIN notices n ON n.id = o.notice
JOIN lots l ON l.notice = o.notice AND l.number IS o.lot
ORDER BY o.score DESC, n.published DESC, n.id, l.position;
""",
    )


@migration
def link_tables(db: sqlite_utils.Database) -> None:
    """What links notices without merging them: what is compared, the blocks it is looked for under, the links."""
    _run(
        db,
        """
CREATE INDEX aliases_tender ON aliases (tender);
CREATE TABLE traces (
    notice TEXT PRIMARY KEY REFERENCES notices (id), siret TEXT NOT NULL, name TEXT NOT NULL, title TEXT NOT NULL,
    lots TEXT NOT NULL, folder TEXT NOT NULL, said TEXT NOT NULL, tied INTEGER NOT NULL
);
CREATE TABLE trace_blocks (
    block TEXT NOT NULL, notice TEXT NOT NULL REFERENCES traces (notice), PRIMARY KEY (block, notice)
) WITHOUT ROWID;
CREATE INDEX trace_blocks_notice ON trace_blocks (notice);
CREATE TABLE liens_proposes (
    notice TEXT NOT NULL REFERENCES notices (id), other TEXT NOT NULL, nature TEXT NOT NULL, evidence TEXT NOT NULL,
    score INTEGER NOT NULL, proposed INTEGER NOT NULL, PRIMARY KEY (notice, other, proposed)
);
CREATE INDEX liens_proposes_other ON liens_proposes (other);
CREATE VIEW liens AS SELECT n.published AS date, n.buyer AS acheteur, n.title AS objet,
    CASE l.nature WHEN 'same' THEN 'même procédure ?' ELSE 'fait suite à' END AS lien,
    CASE l.proposed WHEN 1 THEN 'proposé, à vérifier' ELSE 'énoncé par l''avis' END AS statut, max(l.score) AS score,
    (SELECT group_concat(value, ' ; ') FROM json_each(l.evidence)) AS preuves,
    o.published AS date_anterieure, coalesce(o.title, l.other) AS objet_anterieur, o.url AS lien_anterieur,
    n.url AS lien_avis
FROM liens_proposes l JOIN notices n ON n.id = l.notice LEFT JOIN aliases a ON a.key = l.other
LEFT JOIN tenders t ON t.id = a.tender
LEFT JOIN notices o ON o.id = CASE WHEN l.proposed THEN l.other ELSE t.first_notice END
WHERE a.tender IS NOT n.tender AND NOT (l.proposed AND EXISTS (
    SELECT 1 FROM liens_proposes s JOIN aliases b ON b.key = s.other
    WHERE s.notice = l.notice AND NOT s.proposed AND b.tender = a.tender
))
GROUP BY l.notice, coalesce(a.tender, l.other)
ORDER BY n.published DESC, n.id, l.other;
""",
    )
