"""Where could a clause or a reservation be? The appraisal of every tender that was read anew, before it is told.

Assembly: the rows of the database in, the pure rules of ``scanner.opportunity``, the rows of opportunities out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache, partial
from hashlib import sha256
from pathlib import Path

import orjson

from scanner.appraisal import LotSegment, Opportunity, Practice, Structure, Supply
from scanner.approach import BuyerFacts, BuyerLead, Renewal
from scanner.config import Config
from scanner.corrections import said_of
from scanner.feedback import Verdict
from scanner.issues import Issue
from scanner.notice import Lot
from scanner.opportunity import Context, appraise
from scanner.opportunity.assumptions import Assumptions, assumptions
from scanner.opportunity.buyer_kind import buyer_kind
from scanner.opportunity.buyers import rank
from scanner.opportunity.renewals import expected
from scanner.opportunity.supply import around
from scanner.privacy import contact_mail
from scanner.shelves import appreciations
from scanner.shelves.appreciations import Told
from scanner.shelves.ledger import awarded
from scanner.shelves.practice import Asked, practices
from scanner.shelves.prospects import facts, region_of
from scanner.spare import EVERYBODY, one_by_one, reason
from scanner.store import Store
from scanner.territory import departements
from scanner.timebox import TooLong, within

_BATCH = 500
#: What is known beside a notice changes what is said of those published in the last quarter.
_LATE = timedelta(days=92)
#: Awarded contracts notified in that many days before are counted as a buyer's practice.
_PRACTICE = timedelta(days=3 * 365)
#: Notices of that many days before count for the buyers to approach.
_APPROACH = timedelta(days=365)
_RULES = Path(__file__).with_name("opportunity")


def appraise_stale(store: Store, config: Config, *, today: date) -> tuple[int, tuple[Issue, ...]]:
    """Appraises the tenders of which something changed (notices, verdicts, what is beside): how many, what failed.

    A tender whose appraisal fails has no opportunity, is said by an Issue and is tried again at each run.
    """
    figures, known = assumptions(config.hours), appreciations.structures(store)
    beside = appreciations.beside(store, _settings(config))
    appraiser, verdicts = _Appraiser(known, figures), store.verdicts()
    stale = appreciations.stale(store, beside, today - _LATE)
    tenders, issues = sorted(stale), list[Issue]()
    for batch in (tenders[start : start + _BATCH] for start in range(0, len(tenders), _BATCH)):
        told, lost = one_by_one(partial(appreciations.told, store), batch)
        issues += [_interrupted(tender, "son histoire ne peut être suivie") for tender in lost]
        asked = {one.tender: _asked(one) for one in told}
        habits = practices(store.rows, {key for keys in asked.values() for key in keys.values()}, today - _PRACTICE)
        found, read = {}, {tender: stale[tender] for tender in batch} | dict.fromkeys(lost, appreciations.INTERRUPTED)
        for one in told:
            said = verdicts.get(one.tender, ())
            made = _alone(
                partial(_appraised, appraiser, one, asked[one.tender], habits, said), one, config.limits.secondes
            )
            if isinstance(made, Issue):
                issues.append(made)
                read[one.tender] = appreciations.INTERRUPTED
            else:
                found[one.tender] = (one.notice.id, made)
        appreciations.save(store, found, read, beside)
    return len(stale), tuple(issues)


def _appraised(
    appraiser: _Appraiser,
    told: Told,
    asked: dict[str | None, Asked],
    habits: dict[Asked, Practice],
    said: Sequence[Verdict],
) -> tuple[Opportunity, ...]:
    return tuple(appraiser.opportunities(told, asked, habits, said))


def _alone(step: Callable[[], tuple[Opportunity, ...]], told: Told, seconds: float) -> tuple[Opportunity, ...] | Issue:
    """What ``step`` makes of one tender. Whatever it raises is its own: an Issue, the others are appraised."""
    try:
        return within(seconds, step)
    except EVERYBODY:
        raise
    except TooLong:
        said = f"plus de {seconds} secondes, « secondes » dans [limites] de veille.toml"
    except Exception as error:
        said = reason(error)
    return _interrupted(told.notice.id, said)


def _interrupted(about: str, said: str) -> Issue:
    message = (
        f"Appréciation interrompue ({said}) : aucune piste n'est dite pour {about} ; l'avis est lu et gardé, "
        "corrigez l'étape qui l'a refusé : le prochain passage recommence."
    )
    source, _, key = about.partition(":")
    return Issue(source, key, "appreciation_interrompue", message, level="rejected")


def approach(store: Store, config: Config, *, today: date) -> tuple[tuple[BuyerLead, ...], tuple[Renewal, ...]]:
    """The buyers to approach and the contracts to prepare again on the day ``today``, in the user's territory."""
    places, since = departements(config.territory), today - _APPROACH
    contracts = (
        replace(one, email=contact_mail(one.email, config.privacy))
        for one in awarded(store.rows, today=today, departements=places)
    )
    ending = expected(contracts, today=today)
    known = facts(
        store.rows, today=today, since=since, practice_since=today - _PRACTICE, departements=places, renewals=ending,
        kind=buyer_kind,
    )  # fmt: skip
    return rank([_reachable(one, config) for one in known], today=today, since=since), ending


def _reachable(facts: BuyerFacts, config: Config) -> BuyerFacts:
    """A buyer with the mailbox of a service alone: a person's is not kept in a list of calls."""
    return replace(facts, email=contact_mail(facts.email, config.privacy))


class _Appraiser:
    """The directory and the assumptions that all tenders share."""

    def __init__(self, structures: Sequence[Structure], figures: Assumptions) -> None:
        self._figures = figures
        self._around = cache(lambda sectors, places: around(structures, sectors, places))
        self._places = {place for one in structures for place in one.departements}

    def opportunities(
        self,
        told: Told,
        asked: dict[str | None, Asked],
        habits: dict[Asked, Practice],
        verdicts: Sequence[Verdict] = (),
    ) -> Iterator[Opportunity]:
        """One appraisal a lot (the notice itself when undivided) where nothing binding was read nor answered."""
        notice, reading = told.notice, None if told.stopped else told.reading
        for lot in notice.lots or (None,):
            number = lot.number if lot else None
            said = said_of(reading, number, verdicts) if reading else None
            if said is None:
                continue
            segment = told.segments.get(number)
            practice = habits.get(asked[number]) if number in asked else None
            context = Context(self._supply(told, lot, segment), practice, self._figures)
            found = appraise(notice, lot, *said, segment, context)
            if found is not None:
                yield found

    def _supply(self, told: Told, lot: Lot | None, segment: LotSegment | None) -> Supply | None:
        """None without a directory of that place, a known place or a known trade: nothing can be compared."""
        places = _places(told, lot)
        if segment is None or not segment.segment.sectors or not places:
            return None
        found: Supply = self._around(segment.segment.sectors, places)
        return found if found.count or self._places & {*places} else None


def _places(told: Told, lot: Lot | None) -> tuple[str, ...]:
    own = tuple(place.departement for place in (lot.places if lot else ()) if place.departement)
    return tuple(dict.fromkeys(own)) or told.notice.departements


def _asked(told: Told) -> dict[str | None, Asked]:
    """Whose practice is asked for each lot, in the region where the contract is; none for a buyer without SIREN."""
    notice, buyer = told.notice, told.notice.buyer
    siren = (buyer.siret or "")[:9] or buyer.siren or "" if buyer else ""
    if not siren:
        return {}
    region = region_of(next(iter(notice.departements), ""))
    codes = {lot.number if lot else None: "" for lot in notice.lots or (None,)}
    codes |= {number: segment.code[:2] for number, segment in told.segments.items()}
    return {number: Asked(siren, region, division) for number, division in codes.items()}


def _settings(config: Config) -> bytes:
    """What the appraisal rests upon beside the database: the user's figures and the rules, byte for byte."""
    rules = sorted(path for path in _RULES.iterdir() if path.suffix in (".yml", ".tsv", ".py"))
    return sha256(orjson.dumps(sorted(config.hours.items())) + b"".join(map(Path.read_bytes, rules))).digest()
