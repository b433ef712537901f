"""Which reader for a BOAMP record? By the root of ``donnees``; what has none is rejected and kept in the archive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from scanner.datafile import DataFileError
from scanner.issues import Issue
from scanner.limits import Exceeded, Limits
from scanner.notice import Draft, Passage, RawNotice
from scanner.source import load
from spiders.formats import eforms, fnsimple, legacy, mapa
from spiders.formats.guard import UNREADABLE, opened
from spiders.formats.record import from_index
from spiders.formats.text import at, leaf

Reader = Callable[[Any, Draft], tuple[Draft, list[Issue]]]
READERS: Mapping[str, Reader] = {"EFORMS": eforms.read, "FNSimple": fnsimple.read, "MAPA": mapa.read}


def parse(raw: RawNotice, limits: Limits) -> tuple[Draft | None, list[Issue]]:
    """The Draft of one record and its issues; (None, one rejected Issue) when it cannot be read.

    Raises Exceeded beyond ``limits``, DataFileError when ``spiders/<source>.yml`` cannot be trusted, nothing else.
    """
    try:
        markup = raw.body[:100].lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<")
        return _parse_xml(raw, limits) if markup else _parse_record(raw, limits)
    except (DataFileError, Exceeded):  # our own lookups, or a limit: not the form of this record
        raise
    except UNREADABLE as error:
        said = str(error) if type(error) is ValueError else f"structure inattendue, {type(error).__name__} : {error}"
        issue = Issue(
            raw.source, raw.key, "avis_illisible",
            f"Avis rejeté, {said} ; il reste en archive, complétez spiders/formats/ puis lancez scanner reclassify.",
            level="rejected",
        )  # fmt: skip
        return None, [issue]


def _parse_record(raw: RawNotice, limits: Limits) -> tuple[Draft, list[Issue]]:
    record = opened(raw.body, "enregistrement", limits)
    key = record.get("idweb")
    key = key.strip() if isinstance(key, str) else ""
    if not key:
        raise ValueError("idweb absent")
    draft = _dated(from_index(record, raw.source, key, raw.url))
    issues = _unknown_keys(record, raw)
    if record.get("donnees") is None:
        return _index_only(draft), issues
    if not isinstance(record["donnees"], str):
        raise ValueError("donnees n'est pas un texte JSON")
    filled, told = _read(opened(record["donnees"], "donnees", limits), draft)
    return filled, issues + told


def _parse_xml(raw: RawNotice, limits: Limits) -> tuple[Draft, list[Issue]]:
    document = legacy.tree(raw.body, limits)
    management, body = at(document, "GESTION"), at(document, "DONNEES")
    key = leaf(at(management, "REFERENCE", "IDWEB"))
    if not key:
        raise ValueError("IDWEB absent")
    draft = _dated(legacy.index_of(management, raw.source, key, raw.url))
    return _read(body, draft) if isinstance(body, dict) else (_index_only(draft), [])


def _read(body: Any, draft: Draft) -> tuple[Draft, list[Issue]]:
    for root, reader in READERS.items():
        if isinstance(body.get(root), dict):
            return reader(body[root], draft)
    if legacy.SECTIONS & body.keys():
        return legacy.read(body, draft)
    raise ValueError(f"racine de donnees inconnue ({', '.join(sorted(body)) or 'vide'}, famille {draft.family})")


def _dated(draft: Draft) -> Draft:
    try:
        date.fromisoformat(draft.published)
    except ValueError as error:
        raise ValueError(f"date de parution « {draft.published} » illisible") from error
    return draft


def _index_only(draft: Draft) -> Draft:
    passages = (Passage("title", None, draft.title),) if draft.title else ()
    return replace(draft, shape="index", passages=passages)


def _unknown_keys(record: Mapping[str, Any], raw: RawNotice) -> list[Issue]:
    source = load(raw.source)
    known = {*source.fields, *source.ignore}
    return [
        Issue(
            raw.source, raw.key, "cle_inconnue",
            f"La clé « {key} » est nouvelle dans l'API ; lisez-la ou ajoutez-la sous ignore dans "
            f"spiders/{raw.source}.yml.",
        )
        for key in record
        if key not in known
    ]  # fmt: skip
