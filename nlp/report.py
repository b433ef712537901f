"""How is a reading written and a labelled notice read? The JSON shapes of the ``classify`` command."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, get_args

from scanner.finding import Classification, Finding
from scanner.notice import KINDS, PASSAGE_FIELDS, Coded, Kind, Lot, Notice, Passage, PassageField

_PASSAGE: dict[str, PassageField] = {name: name for name in get_args(PassageField)}
_KIND: dict[str, Kind] = {name: name for name in get_args(Kind)}


def as_json(classification: Classification) -> dict[str, Any]:
    """One object per notice: id, source, kind and lots with status and findings."""
    return {
        "id": classification.id,
        "source": classification.source,
        "kind": classification.kind,
        "lots": [
            {"number": lot.number, "status": lot.status, "findings": [_finding(one) for one in lot.findings]}
            for lot in classification.lots
        ],
    }


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "label": one.label, "reading": one.reading, "passage": one.passage, "field": one.field, "lot": one.lot,
        "start": one.start, "end": one.end, "quote": one.quote, "rule": one.rule, "cue": one.cue,
        "hours": [{"value": hours.value, "per": hours.per} for hours in one.hours],
        "percent": [{"value": share.value, "of": share.of} for share in one.percent],
        "notes": list(one.notes), "proposed": one.proposed,
    }  # fmt: skip


def read_notice(obj: Mapping[str, Any]) -> Notice:
    """A Notice from the format ``notice``; a null date of publication becomes ``date.min`` (unknown).

    Raises ValueError, in French, on a missing or unknown value.
    """
    for key in ("id", "source", "kind", "published", "title", "passages"):
        if key not in obj:
            raise ValueError(f"Avis sans « {key} » : ajoutez cette clé.")
    where = f"Avis {obj['id']}"
    _expect(where, obj, {"id": str, "source": str, "kind": str, "title": str, "passages": list})
    _expect(where, {"cpv": [], "coded": [], **obj}, {"cpv": list, "coded": list})
    if obj["kind"] not in _KIND:
        raise ValueError(f"{where} : kind « {obj['kind']} » inconnu ; admis : {', '.join(KINDS)}.")
    for part in obj["passages"]:
        _expect(f"{where}, passage", part, {"field": str, "text": str, "lot": str | None})
        if part["field"] not in _PASSAGE:
            raise ValueError(f"{where} : champ « {part['field']} » inconnu ; admis : {', '.join(PASSAGE_FIELDS)}.")
    for fact in obj.get("coded", ()):
        _expect(f"{where}, code", fact, {"field": str, "value": str, "lot": str | None})
    passages = tuple(Passage(_PASSAGE[part["field"]], part.get("lot"), part["text"]) for part in obj["passages"])
    coded = tuple(Coded(part["field"], part.get("lot"), part["value"]) for part in obj.get("coded", ()))
    numbers = dict.fromkeys(lot for lot in [*(p.lot for p in passages), *(c.lot for c in coded)] if lot)
    try:
        published = date.fromisoformat(obj["published"]) if obj["published"] else date.min
    except (TypeError, ValueError):
        raise ValueError(f"{where} : published vaut « {obj['published']} », un jour AAAA-MM-JJ est attendu.") from None
    return Notice(
        id=obj["id"], source=obj["source"], key=str(obj["id"]).partition(":")[2], kind=_KIND[obj["kind"]],
        published=published,
        title=obj["title"], cpv=tuple(obj.get("cpv", ())),
        lots=tuple(Lot(number) for number in numbers), passages=passages, coded=coded,
    )  # fmt: skip


def _expect(where: str, obj: Any, kinds: Mapping[str, Any]) -> None:
    """Refuse a part that is no object, or whose values are of another type; a type that admits None may be absent."""
    if not isinstance(obj, Mapping):
        raise ValueError(f"{where} : un objet JSON est attendu.")
    for key, kind in kinds.items():
        if not isinstance(obj.get(key), kind):
            raise ValueError(
                f"{where} : « {key} » {'manque' if key not in obj else 'est d’un autre type'}, corrigez-le."
            )
