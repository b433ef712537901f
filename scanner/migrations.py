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
            db.conn.rollback()
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
def buyer_siren(db: sqlite_utils.Database) -> None:
    """A purchase project names its buyer by SIREN alone."""
    _run(db, "ALTER TABLE buyers ADD COLUMN siren TEXT")


_SOCIAL = (
    "replace(replace(replace(replace({0}, 'clause_sociale_generique', 'clause sociale'), 'critere_social', "
    "'critère social'), 'reserve_indetermine', 'marché réservé'), 'aucune', 'aucune déclarée')"
)
_SAYS = "c.social LIKE '%{0}%'"
_CLAUSE, _CRITERION, _RESERVED = map(
    _SAYS.format, ("clause_sociale_generique", "critere_social", "reserve_indetermine")
)
_ANY = f"{_CLAUSE} OR {_CRITERION} OR {_RESERVED}"
_DATED = "CASE WHEN c.anomalies NOT LIKE '%date_%' THEN c.notified END"


@migration
def awarded_contracts(db: sqlite_utils.Database) -> None:
    """Contracts awarded (DECP), one row each, and what they tell of a buyer's practice beside that of its peers."""
    _run(
        db,
        f"""
CREATE TABLE contracts (
    buyer TEXT NOT NULL, number TEXT NOT NULL, state INTEGER NOT NULL, published TEXT, notified TEXT, nature TEXT,
    object TEXT, cpv TEXT, framework INTEGER NOT NULL, amount REAL, corrected REAL, months REAL, social TEXT,
    departement TEXT, place TEXT, holders TEXT, holder_names TEXT, anomalies TEXT NOT NULL, PRIMARY KEY (buyer, number)
) WITHOUT ROWID;
CREATE TABLE contract_buyers (siret TEXT PRIMARY KEY, name TEXT NOT NULL, departement TEXT) WITHOUT ROWID;
CREATE VIEW marches_attribues AS SELECT c.notified AS date_notification, b.name AS acheteur, c.buyer AS siret,
    c.number AS numero, c.object AS objet, c.cpv AS cpv, c.departement AS departement, c.amount AS montant,
    CASE WHEN c.framework THEN 'accord-cadre, montant maximum' ELSE '' END AS technique, c.months AS duree_mois,
    CASE WHEN c.anomalies NOT LIKE '%date_%' AND c.anomalies NOT LIKE '%duree_%'
        THEN date(c.notified, '+' || CAST(c.months AS INTEGER) || ' months') END AS fin_prevue,
    c.nature AS nature, {_SOCIAL.format("c.social")} AS considerations,
    coalesce(c.holder_names, c.holders) AS titulaires, c.anomalies AS anomalies
FROM contracts c LEFT JOIN contract_buyers b ON b.siret = c.buyer;
CREATE VIEW pratique_acheteurs AS
WITH own AS (
    SELECT c.buyer AS siret, count(*) AS n, count(c.social) AS said, total({_ANY}) AS social,
        total({_CLAUSE}) AS clause, total({_CRITERION}) AS criterion, total({_RESERVED}) AS reserved,
        min({_DATED}) AS first, max({_DATED}) AS latest
    FROM contracts c WHERE c.anomalies NOT LIKE '%doublon_probable%' GROUP BY c.buyer
)
SELECT b.name AS acheteur, o.siret AS siret, b.departement AS departement, o.n AS marches, o.said AS marches_renseignes,
    CAST(o.social AS INTEGER) AS avec_consideration_sociale, CAST(o.clause AS INTEGER) AS avec_clause_sociale,
    CAST(o.criterion AS INTEGER) AS avec_critere_social, CAST(o.reserved AS INTEGER) AS reserves,
    round(100.0 * o.social / nullif(o.said, 0), 1) AS part_pourcent,
    round(100.0 * (sum(o.social) OVER peers - o.social) / nullif(sum(o.said) OVER peers - o.said, 0), 1)
        AS part_pairs_pourcent,
    o.first AS du, o.latest AS au, CASE WHEN o.said < 10 THEN 'moins de dix marchés renseignés' ELSE '' END AS prudence
FROM own o LEFT JOIN contract_buyers b ON b.siret = o.siret
WINDOW peers AS (PARTITION BY b.departement);
CREATE VIEW pratique_par_metier AS
WITH own AS (
    SELECT c.buyer AS siret, substr(c.cpv, 1, 2) AS division, count(*) AS n, count(c.social) AS said,
        CAST(total({_ANY}) AS INTEGER) AS social, max({_DATED}) AS latest
    FROM contracts c WHERE c.cpv IS NOT NULL AND c.anomalies NOT LIKE '%doublon_probable%'
    GROUP BY c.buyer, substr(c.cpv, 1, 2)
)
SELECT b.name AS acheteur, o.siret AS siret, b.departement AS departement, o.division AS division_cpv, o.n AS marches,
    o.said AS marches_renseignes, o.social AS avec_consideration_sociale, o.latest AS dernier_marche,
    sum(o.said) OVER peers - o.said AS marches_pairs, sum(o.social) OVER peers - o.social AS avec_consideration_pairs
FROM own o LEFT JOIN contract_buyers b ON b.siret = o.siret
WINDOW peers AS (PARTITION BY b.departement, o.division)
""",
    )


@migration
def known_buyers(db: sqlite_utils.Database) -> None:
    """Buyers across sources, what leads to each, and the pairs that only a reader can decide."""
    _run(
        db,
        """
CREATE TABLE acheteurs (
    id TEXT PRIMARY KEY, siren TEXT, nom TEXT NOT NULL, departement TEXT, mentions INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE alias_acheteurs (
    acheteur TEXT NOT NULL REFERENCES acheteurs (id), genre TEXT NOT NULL, valeur TEXT NOT NULL,
    departement TEXT NOT NULL, fondement TEXT NOT NULL, note REAL NOT NULL,
    PRIMARY KEY (acheteur, genre, valeur, departement, fondement)
) WITHOUT ROWID;
CREATE INDEX alias_valeur ON alias_acheteurs (genre, valeur);
CREATE TABLE doutes_acheteurs (
    acheteur TEXT NOT NULL REFERENCES acheteurs (id), autre TEXT NOT NULL REFERENCES acheteurs (id),
    note REAL NOT NULL, raison TEXT NOT NULL, PRIMARY KEY (acheteur, autre, note, raison)
) WITHOUT ROWID;
CREATE VIEW acheteurs_a_verifier AS SELECT a.nom AS acheteur, a.departement AS departement, o.nom AS autre,
    o.siren AS siren_autre, d.note AS note, d.raison AS raison, a.mentions AS mentions
FROM doutes_acheteurs d JOIN acheteurs a ON a.id = d.acheteur JOIN acheteurs o ON o.id = d.autre
ORDER BY d.note DESC, a.nom, o.nom
""",
    )


@migration
def views_without_proposals(db: sqlite_utils.Database) -> None:
    """What the second reader proposes stands in ``a_verifier`` only, and says so."""
    read = f"CASE WHEN f.proposed = 1 THEN 'proposé par le second lecteur' ELSE {_READING} END AS lecture"
    told = _TOLD.replace(f"{_READING} AS lecture", read)
    _run(
        db,
        f"""
DROP VIEW semaine;
DROP VIEW marches_reserves;
DROP VIEW clauses;
DROP VIEW a_verifier;
CREATE VIEW semaine AS {_TOLD} AND f.proposed = 0
AND n.published > date((SELECT max(published) FROM notices), '-7 days')
{_ORDER}, f.position;
CREATE VIEW marches_reserves AS {_TOLD} AND f.proposed = 0 AND f.reading = 'affirmed'
AND f.label LIKE 'reserve\\_%' ESCAPE '\\'
{_ORDER}, f.position;
CREATE VIEW clauses AS {_TOLD} AND f.proposed = 0 AND f.reading = 'affirmed'
AND f.label IN ('objet_insertion', 'clause_insertion', 'clause_formation_stage')
{_ORDER}, f.position;
CREATE VIEW a_verifier AS {told} AND (f.reading = 'conditional' OR f.proposed = 1
    OR f.notes LIKE '%CONTRADICTOIRE%' OR f.notes LIKE '%ARTICLE_PUBLIC%' OR f.notes LIKE '%SANS_COCHE%'
    OR f.label IN ('reserve_indetermine', 'clause_insertion_facultative'))
{_ORDER}, f.position;
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


_STATE = "CASE {0}.state WHEN 'contacte' THEN 'contacté' WHEN 'ecarte' THEN 'écarté' ELSE {0}.state END"
_FOUND = "('juste', 'faux_positif', 'mauvais_dispositif')"


@migration
def feedback_tables(db: sqlite_utils.Database) -> None:
    """What readers answer. Nothing is erased: a later line supersedes. No link to ``notices``: a new reading keeps it.

    ``dated``: the reader wrote the day; without it, the same words of another import are the same line.
    """
    known = "SELECT v.*, coalesce(a.tender, v.id) AS tender FROM {0} v LEFT JOIN aliases a ON a.key = v.id"
    about = "FROM {0} k LEFT JOIN tenders t ON t.id = k.tender LEFT JOIN notices n ON n.id = t.latest_notice"
    _run(
        db,
        f"""
CREATE TABLE verdicts (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, lot TEXT, verdict TEXT NOT NULL, label TEXT NOT NULL,
    comment TEXT NOT NULL, given TEXT NOT NULL, dated INTEGER NOT NULL, judged TEXT NOT NULL
);
CREATE UNIQUE INDEX verdicts_once ON verdicts (
    id, coalesce(lot, ''), verdict, label, comment, CASE WHEN dated THEN given ELSE '' END
);
CREATE TABLE suivi (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL, lot TEXT, state TEXT NOT NULL, reason TEXT NOT NULL,
    since TEXT NOT NULL, dated INTEGER NOT NULL, fingerprint TEXT NOT NULL
);
CREATE UNIQUE INDEX suivi_once ON suivi (
    id, coalesce(lot, ''), state, reason, CASE WHEN dated THEN since ELSE '' END
);
CREATE VIEW suivi_en_cours AS
WITH known AS ({known.format("suivi")}), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY tender, lot ORDER BY since DESC, number DESC) AS rank FROM known
)
SELECT k.tender AS consultation, coalesce(k.lot, 'ensemble') AS lot, {_STATE.format("k")} AS etat, k.reason AS motif,
    k.since AS depuis, n.title AS objet, n.buyer AS acheteur, n.url AS lien
{about.format("ranked")} WHERE k.rank = 1 ORDER BY k.since DESC, k.tender, k.lot;
CREATE VIEW verdicts_lecteurs AS
WITH known AS ({known.format("verdicts")})
SELECT k.given AS date, k.id AS avis, k.tender AS consultation, coalesce(k.lot, 'ensemble') AS lot,
    replace(k.verdict, '_', ' ') AS verdict, CASE k.label {_WHEN} ELSE k.label END AS dispositif,
    k.comment AS commentaire,
    CASE WHEN EXISTS (
        SELECT 1 FROM known s WHERE s.tender = k.tender AND (s.lot IS k.lot OR s.lot IS NULL)
        AND (s.given, s.number) > (k.given, k.number) AND (
            s.verdict IN {_FOUND} AND k.verdict IN {_FOUND}
                AND (s.verdict = 'mauvais_dispositif' OR s.label IN ('', k.label))
            OR s.verdict = 'faux_positif' AND k.verdict NOT IN {_FOUND} AND s.label IN ('', k.label)
            OR s.verdict = k.verdict AND s.label = k.label
        )
    ) THEN 'remplacé' ELSE 'en vigueur' END AS statut,
    n.title AS objet, n.buyer AS acheteur, n.url AS lien
{about.format("known")} ORDER BY k.given DESC, k.number DESC;
""",
    )


@migration
def letters_sent(db: sqlite_utils.Database) -> None:
    """What became of each letter: the intent is written before the message leaves. Addresses: never made public."""
    _run(
        db,
        """
CREATE TABLE envois (
    semaine TEXT NOT NULL, edition TEXT NOT NULL, adresse TEXT NOT NULL, message_id TEXT NOT NULL,
    statut TEXT NOT NULL, intention TEXT NOT NULL, suite TEXT, detail TEXT NOT NULL, tentatives INTEGER NOT NULL,
    PRIMARY KEY (semaine, edition, adresse)
) WITHOUT ROWID;
""",
    )


_TRADE = "coalesce(json_extract(l.segment, '$.segment.label'), 'métier inconnu')"


@migration
def appraised_lots(db: sqlite_utils.Database) -> None:
    """The segment of each lot, opportunities by their parts, what they were appraised from, the known structures.

    Every notice becomes unread: the next run reads the archive again, so that each lot gets its segment.
    """
    _run(
        db,
        f"""
ALTER TABLE lots ADD COLUMN segment TEXT;
DROP VIEW opportunites;
DROP TABLE opportunities;
CREATE TABLE opportunities (
    notice TEXT NOT NULL REFERENCES notices (id), position INTEGER NOT NULL, lot TEXT, segment TEXT NOT NULL,
    family TEXT NOT NULL, potential TEXT NOT NULL, lever TEXT NOT NULL, proposal TEXT NOT NULL, score INTEGER NOT NULL,
    confidence INTEGER NOT NULL, duty TEXT NOT NULL, hours_low INTEGER, hours_high INTEGER, hours_per TEXT NOT NULL,
    reasons TEXT NOT NULL, document TEXT NOT NULL, PRIMARY KEY (notice, position)
);
CREATE INDEX opportunities_score ON opportunities (score);
CREATE TABLE appreciations (tender TEXT PRIMARY KEY, read TEXT NOT NULL, beside TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE structures (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, sectors TEXT NOT NULL, departements TEXT NOT NULL,
    city TEXT NOT NULL, turnover REAL, everywhere INTEGER NOT NULL
) WITHOUT ROWID;
UPDATE raw SET read_sha = NULL;
CREATE VIEW opportunites AS SELECT {_COLUMNS}, {_TRADE} AS metier, o.family AS famille, o.proposal AS piste,
    o.score AS score, o.confidence AS confiance, o.hours_low AS heures_min, o.hours_high AS heures_max,
    CASE WHEN o.hours_low IS NULL THEN NULL WHEN o.hours_per = 'year' THEN 'par an' ELSE 'pour le marché' END
        AS heures_pour, json_extract(o.document, '$.legal.duty.text') AS obligation,
    (SELECT group_concat(value, ' ; ') FROM json_each(o.reasons)) AS raisons, {_PARIS_TAIL}
FROM opportunities o JOIN notices n ON n.id = o.notice
JOIN lots l ON l.notice = o.notice AND l.number IS o.lot
ORDER BY o.score DESC, n.published DESC, n.id, l.position;
""",
    )


@migration
def leads(db: sqlite_utils.Database) -> None:
    """The buyers to approach and the contracts that end, as the last run ranked them. Private: never published."""
    _run(
        db,
        """
CREATE TABLE demarches (
    rank INTEGER PRIMARY KEY, reference TEXT NOT NULL, buyer TEXT NOT NULL, score INTEGER NOT NULL,
    document TEXT NOT NULL
);
CREATE TABLE echeances (
    rank INTEGER PRIMARY KEY, reference TEXT NOT NULL, contract TEXT NOT NULL, state TEXT NOT NULL, "end" TEXT,
    document TEXT NOT NULL
);
CREATE VIEW acheteurs_a_demarcher AS SELECT d.rank AS rang, json_extract(d.document, '$.facts.name') AS acheteur,
    json_extract(d.document, '$.facts.siren') AS siren, json_extract(d.document, '$.facts.kind') AS nature,
    json_extract(d.document, '$.facts.departement') AS departement, d.score AS score,
    json_extract(d.document, '$.facts.lots') AS lots_sans_clause_detectee,
    json_extract(d.document, '$.facts.own.known') AS marches_renseignes,
    json_extract(d.document, '$.facts.own.social') AS avec_consideration_sociale,
    json_extract(d.document, '$.facts.deadline') AS prochaine_limite,
    json_extract(d.document, '$.arguments[0].say') AS a_dire,
    (SELECT group_concat(json_extract(value, '$.reason'), ' ; ') FROM json_each(d.document, '$.parts')) AS raisons,
    json_extract(d.document, '$.facts.email') AS contact, d.reference AS au
FROM demarches d ORDER BY d.rank;
CREATE VIEW renouvellements AS SELECT e.rank AS rang, CASE e.state WHEN 'a_appeler' THEN 'à appeler'
        WHEN 'a_venir' THEN 'à venir' WHEN 'tard' THEN 'tard' WHEN 'termine' THEN 'terminé' ELSE 'fin inconnue' END
        AS etat,
    json_extract(e.document, '$.contract.buyer') AS acheteur, json_extract(e.document, '$.contract.title') AS objet,
    e."end" AS fin_probable, json_extract(e.document, '$.first_call') AS appeler_des,
    json_extract(e.document, '$.last_call') AS appeler_avant, json_extract(e.document, '$.confidence') AS confiance,
    json_extract(e.document, '$.contract.amount') AS montant,
    (SELECT group_concat(value, ', ') FROM json_each(e.document, '$.contract.holders')) AS titulaires,
    json_extract(e.document, '$.when') AS quand, json_extract(e.document, '$.say') AS a_dire,
    (SELECT group_concat(value, ' ; ') FROM json_each(e.document, '$.reasons')) AS doutes,
    json_extract(e.document, '$.contract.url') AS lien, e.reference AS au
FROM echeances e ORDER BY e.rank;
""",
    )


@migration
def open_opportunities(db: sqlite_utils.Database) -> None:
    """The view of opportunities without the tenders that are over, each with its last deadline."""
    _run(
        db,
        f"""
DROP VIEW opportunites;
CREATE VIEW opportunites AS SELECT {_COLUMNS}, {_TRADE} AS metier, o.family AS famille, o.proposal AS piste,
    o.score AS score, o.confidence AS confiance, o.hours_low AS heures_min, o.hours_high AS heures_max,
    CASE WHEN o.hours_low IS NULL THEN NULL WHEN o.hours_per = 'year' THEN 'par an' ELSE 'pour le marché' END
        AS heures_pour, json_extract(o.document, '$.legal.duty.text') AS obligation,
    (SELECT group_concat(value, ' ; ') FROM json_each(o.reasons)) AS raisons,
    (SELECT group_concat(value, ', ') FROM json_each(n.departements)) AS departements,
    (SELECT replace(substr(c.deadline, 1, 16), 'T', ' ') FROM notices c WHERE c.tender = n.tender
        AND c.deadline IS NOT NULL AND c.kind IN ('call', 'planning', 'intent', 'rectification')
        ORDER BY c.published DESC, c.id DESC LIMIT 1) AS date_limite,
    n.url AS lien
FROM opportunities o JOIN notices n ON n.id = o.notice
JOIN lots l ON l.notice = o.notice AND l.number IS o.lot
WHERE NOT EXISTS (
    SELECT 1 FROM notices c WHERE c.tender = n.tender AND c.published >= n.published
        AND c.kind IN ('award', 'cancellation', 'modification')
)
ORDER BY o.score DESC, n.published DESC, n.id, l.position;
""",
    )
