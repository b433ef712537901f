"""What did BOAMP publish that week? An invented week of notices, in the proportions and the shape of real ones."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from scanner.datafile import read_yaml
from scanner.sample.shapes import Facts, SampleLot, adapted, european, legacy, national, record, siret

HERE = Path(__file__).parent
#: Notices per day from Monday to Sunday, in the proportions of the real means.
PER_DAY = (27, 30, 53, 57, 56, 27, 30)
FORMS = ("JOUE", "JOUE", "FNS", "JOUE", "FNS", "JOUE", "MAPA", "JOUE", "FNS", "JOUE", "FNS")
#: Who writes the document of a call, per form.
WRITERS: dict[str, Callable[[Facts], dict[str, Any]]] = {
    "JOUE": european,
    "FNS": national,
    "MAPA": adapted,
    "LEGACY": legacy,
}


@cache
def words() -> dict[str, Any]:
    """Returns the word lists of the sample."""
    return dict(read_yaml(HERE / "words.yml"))


def records(monday: date = date(2026, 11, 16)) -> list[dict[str, Any]]:
    """Returns the 280 records of the week that starts on ``monday``, in order of publication; always the same ones."""
    days = [monday + timedelta(days=rank) for rank, count in enumerate(PER_DAY) for _ in range(count)]
    by_rank = cases(len(days))
    out: list[dict[str, Any]] = []
    calls: dict[str, list[Facts]] = {"FNS": [], "JOUE": []}
    for rank, day in enumerate(days):
        out.append(_case(rank, day, by_rank[rank]) if rank in by_rank else _ordinary(rank, day, calls))
    _make_odd([one for rank, one in enumerate(out) if rank not in by_rank])
    for story in stories():
        out[story["rank"]] = _told(story, days)
    return out


def stories() -> list[dict[str, Any]]:
    """Returns what becomes of some calls later in the week: corrections, an award, a relaunch."""
    return list(read_yaml(HERE / "stories.yml"))


def _told(story: Mapping[str, Any], days: Sequence[date]) -> dict[str, Any]:
    """The notice that tells the next step of a call."""
    rank, of, form = story["rank"], story["of"], story["form"]
    case = cases(len(days)).get(of)
    call = _case_facts(of, days[of], case) if case else facts_of(of, days[of], of * 3)
    if not case and of % 6 == 0:
        call = replace(call, lots=_lots(call))
    facts = facts_of(rank, days[rank], of * 3)
    if story["kind"] == "awarded":
        return _awarded(facts, call, form)
    if story["kind"] == "corrected":
        if "reserved_lot" in story:
            first, second, *rest = call.lots
            call = replace(
                call, lots=(first, replace(second, reserved="res-ws", condition=story["reserved_lot"]), *rest)
            )
        return _corrected(facts, call, form, story["text"])
    text = story["text"].format(call=call.idweb)
    title = f"Relance - {call.title}"
    again = replace(call, idweb=facts.idweb, day=facts.day, deadline=facts.deadline, title=title, other=text)
    return published(again, form)


def cases(count: int = sum(PER_DAY)) -> dict[int, dict[str, Any]]:
    """Returns the written cases by rank in the week: notice ``26-110007`` is rank 7, with its ``label`` and text."""
    # 101 is prime with 280: the cases are spread over the whole week.
    return {(7 + 101 * number) % count: case for number, case in enumerate(read_yaml(HERE / "texts.yml")["cases"])}


def expected() -> dict[str, int]:
    """Returns what the pipeline must find in the week: counts by status, and records read and rejected."""
    path = HERE / "expected.yml"
    return dict(read_yaml(path)) if path.exists() else {}


def of(kind: str, town: str) -> str:
    """« Ville de Corvizan », « Ville d'Artignanay »: the name of a buyer of ``town``."""
    vowel = kind.endswith(" de") and unicodedata.normalize("NFD", town)[0] in "AEIOUY"
    return f"{kind[:-1]}'{town}" if vowel else f"{kind} {town}"


def facts_of(number: int, day: date, subject: int) -> Facts:
    """Returns the facts of an ordinary notice: the same ``number`` always gives the same ones."""
    lists = words()
    title, nature, cpv, code, label = lists["subjects"][subject % len(lists["subjects"])]
    departement, nuts = lists["departements"][number * 5 % len(lists["departements"])]
    starts, ends = lists["town_starts"], lists["town_ends"]
    town = starts[number % len(starts)] + ends[number // 7 % len(ends)]
    buyer = of(lists["buyers"][number % len(lists["buyers"])], town)
    sentences = list(_sentences(number))
    return Facts(
        idweb=f"26-{110_000 + number}",
        day=day,
        deadline=day + timedelta(days=14 + number * 3 % 29),
        buyer=buyer,
        siret=siret(number),
        town=town,
        postcode=f"{departement}{number * 10 % 900:03d}",
        departement=departement,
        nuts=nuts,
        title=f"{title} - {town}",
        description=" ".join(sentences),
        nature=nature,
        cpv=cpv,
        descriptor=(code, label),
        months=12 + number % 4 * 12,
        value=95_000 + number * 7_300 % 900_000,
        flags=("environnementaux",) if number % 5 == 0 else (),
    )


def _sentences(number: int) -> Iterator[str]:
    lists = words()
    for step in range(3 + number % 5):
        pick = number * 7 + step * 11
        work, verb = lists["works"][pick % 8], lists["verbs"][pick // 3 % 6]
        yield f"Pour {work}, le marché {verb} {lists['objects'][pick // 2 % 10]} {lists['ways'][pick // 5 % 7]}."


def _lots(facts: Facts) -> tuple[SampleLot, ...]:
    return tuple(SampleLot(f"{facts.title} : {work}", facts.cpv) for work in words()["works"][:3])


def published(facts: Facts, form: str) -> dict[str, Any]:
    """Returns the record of a call, in one of the forms JOUE, FNS, MAPA and LEGACY."""
    body = WRITERS[form](facts)
    return record(facts, "FNS" if form == "LEGACY" else form, "APPEL_OFFRE", body)


def _case(rank: int, day: date, case: dict[str, Any]) -> dict[str, Any]:
    return published(_case_facts(rank, day, case), case["form"])


def _case_facts(rank: int, day: date, case: dict[str, Any]) -> Facts:
    """One labelled text, at its place."""
    facts, text, place = facts_of(rank, day, case["subject"]), str(case["text"]), case["place"]
    facts = replace(facts, reserved=bool(case.get("reserved")))
    if place in {"other", "criteria"}:
        return replace(facts, **_at(place, text))
    if place == "title":
        return replace(facts, title=f"{facts.title} ({text})")
    if place == "description":
        return replace(facts, description=f"{text} {facts.description}")
    if place in {"lot", "lot_execution"}:
        first, second, *rest = _lots(facts)
        name = "text" if place == "lot" else "execution"
        changed = replace(second, **_at(name, text))
        optional = replace(rest[0], **_at(name, "Sur ce lot, la clause d'insertion est facultative."))
        return replace(facts, lots=(first, changed, optional))
    lot = replace(SampleLot(facts.title, facts.cpv), **_at(place, text))
    return replace(facts, lots=(lot,))


def _at(place: str, text: str) -> dict[str, Any]:
    """The change of one field, whose name is data."""
    return {place: text}


def _ordinary(rank: int, day: date, calls: dict[str, list[Facts]]) -> dict[str, Any]:
    """A call, a result (one in four) or a correction (one in sixteen), linked to an earlier call of the week.

    A late call is the one corrected: no contract is corrected after its award.
    """
    facts, form = facts_of(rank, day, rank * 3), FORMS[rank % len(FORMS)]
    earlier = calls.get(form, [])
    if earlier and rank % 16 == 5:
        return _corrected(facts, earlier[-2:][0], form)
    if earlier and rank % 4 == 3:
        return _awarded(facts, earlier[rank % len(earlier)], form)
    if rank % 6 == 0:
        facts = replace(facts, lots=_lots(facts))
    if form in calls:
        calls[form].append(facts)
    return published(facts, form)


def _corrected(facts: Facts, call: Facts, form: str, change: str = "") -> dict[str, Any]:
    """National forms publish the difference; European ones, the whole notice again."""
    later = call.deadline + timedelta(days=7)
    put_off = f"Date limite : au lieu de {call.deadline:%d/%m/%Y} à 12h00, lire {later:%d/%m/%Y} à 12h00"
    text = f"{put_off}. {change}" if change else put_off
    base = replace(
        call, idweb=facts.idweb, day=facts.day, deadline=later, earlier=(call.idweb,), folder=call.procedure_id
    )
    if form == "FNS":
        return record(base, form, "RECTIFICATIF", national(base, "rectificatif", text), state="RECTIFICATIF")
    base = replace(base, changed=text)
    return record(base, form, "APPEL_OFFRE", european(base), state="RECTIFICATIF")


def _awarded(facts: Facts, call: Facts, form: str) -> dict[str, Any]:
    base = replace(
        call,
        idweb=facts.idweb,
        day=facts.day,
        earlier=(call.idweb,),
        folder=call.procedure_id,
        winner=f"SARL {facts.town} Services",
    )
    if form == "JOUE":
        return record(base, form, "ATTRIBUTION", european(base, awarded=True))
    text = (
        f"Nombre d'offres reçues : 3\nDate d'attribution : 12/11/26\n"
        f"{base.winner}, 1 rue du Port, {base.postcode} {base.town}\n"
        f"Montant Ht  : {base.value},00 Euros\nSous-traitance : non"
    )
    return record(base, form, "ATTRIBUTION", national(base, "attribution", text))


def _make_odd(out: list[dict[str, Any]]) -> None:
    """Unknown roots, a cancellation of each kind, and two broken records, in place of ordinary notices."""
    ordinary = [one for one in out if one["famille"] == "MAPA" and "clause" not in one["donnees"]]
    for one, root in zip(ordinary[:2], ("DSP", "DIVERS"), strict=True):
        one["famille"] = one["perimetre"] = root
        one["donnees"] = json.dumps({root: {"organisme": {"nomOfficiel": one["nomacheteur"]}}}, ensure_ascii=False)
    european_calls = [one for one in out if one["famille"] == "JOUE" and one["nature"] == "APPEL_OFFRE"]
    european_calls[-1]["etat"] = "ANNULATION"
    plain = [one for one in out if one["famille"] == "FNS" and one["nature"] == "APPEL_OFFRE"]
    document = {
        "FNSimple": {"organisme": {"nomOfficiel": plain[-1]["nomacheteur"]}, "annulation": {"motif": "Sans suite"}}
    }
    plain[-1] |= {
        "nature": "ANNULATION",
        "nature_libelle": "Avis d'annulation",
        "datelimitereponse": None,
        "donnees": json.dumps(document, ensure_ascii=False),
    }
    plain[-2]["donnees"] = plain[-2]["donnees"][:200]
    plain[-3]["idweb"] = None
