"""Which buyers to approach, which contracts end, as tables and lines? For ``prive/`` and the facilitator's letter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from feeds.columns import Cell, Column, joined, phrase
from feeds.entry import clean, long_date, word
from feeds.tables import spreadsheet
from scanner.approach import BuyerLead, Renewal
from scanner.datafile import only, read_yaml
from scanner.readership import Line

_FILE = Path(__file__).with_name("leads.yml")


def files(leads: Sequence[BuyerLead], renewals: Sequence[Renewal], reference: date) -> dict[str, bytes]:
    """``acheteurs.{csv,xlsx}`` and ``renouvellements.{csv,xlsx}``, relative to ``prive/``."""
    about = f"Au {long_date(reference)}"
    return spreadsheet(
        "acheteurs", columns("buyers"), rows(leads), ["Acheteurs à approcher", about], reference
    ) | spreadsheet(
        "renouvellements", columns("renewals"), rows(renewals), ["Renouvellements", about],
        reference,
    )  # fmt: skip


def buyer_lines(leads: Sequence[BuyerLead]) -> tuple[Line, ...]:
    """(name, why and what to say, no link) of each buyer, the first to call first."""
    return tuple((f"{one.rank}. {_name(one)}", f"{_quoted(one)} — {_why(one)}", "") for one in leads)


def renewal_lines(renewals: Sequence[Renewal]) -> tuple[Line, ...]:
    """(object and buyer, when and what to say, award notice) of each contract that is not over, the nearest first."""
    return tuple(
        (_what(one), f"{one.when} ; {_speech(one.say)} (confiance {one.level})", one.contract.url)
        for one in renewals
        if one.state != "termine"
    )


def coming_lines(renewals: Sequence[Renewal]) -> tuple[Line, ...]:
    """The same contracts for a structure: object and buyer, place, when it ends and what it held."""
    return tuple((_what(one), _coming(one), one.contract.url) for one in renewals if one.state != "termine")


def _what(one: Renewal) -> str:
    return f"{clean(one.contract.title) or 'Objet inconnu'} — {clean(one.contract.buyer) or 'acheteur inconnu'}"


def _coming(one: Renewal) -> str:
    words, places = _words(), [word("departements", code) for code in one.contract.departements]
    when = words["coming"][one.state].format(end=long_date(one.end) if one.end else "")
    return f"{', '.join(places) or 'lieu inconnu'} — {when} ; {words['social'][one.contract.social]}"


def state(one: Renewal) -> str:
    """The state of a renewal in French."""
    return str(_words()["states"][one.state])


def shown() -> int:
    """How many buyers and renewals the private front page shows."""
    return int(_words()["shown"])


@cache
def columns(name: str) -> tuple[Column, ...]:
    """The columns of ``buyers`` or ``renewals``. Raises DataFileError on an unknown setting."""
    required = {"title": str, "kind": str, "width": int}
    return tuple(Column(key, **only(block, f"{_FILE.name}, {key}", required)) for key, block in _words()[name].items())


def _name(one: BuyerLead) -> str:
    return clean(one.facts.name) or "acheteur inconnu"


def _say(one: BuyerLead) -> str:
    return clean(one.arguments[0].say) if one.arguments else "présenter la veille et demander ce qui se prépare"


def _quoted(one: BuyerLead) -> str:
    return _speech(_say(one)) if one.arguments else _say(one)


def _speech(said: str) -> str:
    """Words to say, between their own quotes: those inside become the inner ones."""
    return f"dire : « {said.replace('« ', '“').replace(' »', '”')} »"


def _why(one: BuyerLead) -> str:
    best = sorted((part for part in one.parts if part.points), key=lambda part: -part.points) or one.parts
    return clean(" ; ".join(part.reason for part in best[:2]))


def _buyer(one: BuyerLead) -> dict[str, Cell]:
    facts = one.facts
    first = one.arguments[0] if one.arguments else None
    return _filled({
        "rang": one.rank, "acheteur": _name(one), "siren": facts.siren or "", "nature": facts.kind,
        "departement": facts.departement or "", "score": one.score, "lots": facts.lots,
        "montant": round(facts.amount) if facts.priced else "", "limite": facts.deadline or "", "dire": _say(one),
        "ensuite": first.then if first else "", "jamais": first.never if first else "",
        "raisons": joined([part.reason for part in one.parts]), "contact": facts.email,
    })  # fmt: skip


def _renewal(one: Renewal) -> dict[str, Cell]:
    known = one.contract
    return _filled({
        "etat": state(one), "acheteur": clean(known.buyer), "objet": clean(known.title), "fin": one.end or "",
        "des": one.first_call or "", "avant": one.last_call or "", "confiance": one.confidence,
        "montant": "" if known.amount is None else round(known.amount), "titulaires": joined(list(known.holders)),
        "quand": one.when, "dire": one.say, "doutes": joined(list(one.reasons)), "contact": known.email,
        "avis": known.url,
    })  # fmt: skip


def _filled(cells: dict[str, Cell]) -> dict[str, Cell]:
    """« inconnu » wherever nothing is known."""
    return {name: phrase("unknown") if cell == "" else cell for name, cell in cells.items()}


def rows(leads: Sequence[BuyerLead] | Sequence[Renewal]) -> list[dict[str, Cell]]:
    """A row of cells for each buyer or renewal."""
    return [_buyer(one) if isinstance(one, BuyerLead) else _renewal(one) for one in leads]


@cache
def _words() -> dict[str, Any]:
    required: dict[str, type] = dict.fromkeys(("buyers", "renewals", "states", "coming", "social"), dict)
    return only(read_yaml(_FILE), _FILE.name, {**required, "shown": int})
