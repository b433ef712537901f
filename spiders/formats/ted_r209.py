"""What does an older TED notice (TED_EXPORT, R2.0.8 and R2.0.9, until early 2024) say? Matched on local names.

Only the original language is read. Reservation flags are of the whole notice: which lot they touch is in the text. The
eight defence forms of R2.0.8 are read as text beside their coded header.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from lxml import etree

from scanner.issues import Issue
from scanner.notice import Amount, Buyer, Draft, Lot, PassageField, Place
from spiders.formats.eforms import publication_number
from spiders.formats.facts import Tell, iso, teller
from spiders.formats.r209_facts import awards, buyer_codes, planned, renewals, sent
from spiders.formats.text import DAYS_IN_MONTH, Words, amount, name_of, url_of
from spiders.formats.xmltree import local
from spiders.formats.xmlwalk import children, descendants, first, text_of

NOTICE_URL = "https://ted.europa.eu/fr/notice/-/detail/"
#: LEFTI, the legal, economic and technical conditions: element -> what the reader is told that it is.
_TERMS: dict[str, PassageField] = {
    "PERFORMANCE_CONDITIONS": "conditions",  # III.2.2, BT-70
    "PERFORMANCE_STAFF_QUALIFICATION": "conditions",
    "DEPOSIT_GUARANTEE_REQUIRED": "conditions",
    "MAIN_FINANCING_CONDITION": "conditions",
    "LEGAL_FORM": "conditions",
    "SUITABILITY": "participation",
    "ECONOMIC_FINANCIAL_INFO": "participation",
    "ECONOMIC_FINANCIAL_MIN_LEVEL": "participation",
    "TECHNICAL_PROFESSIONAL_INFO": "participation",
    "TECHNICAL_PROFESSIONAL_MIN_LEVEL": "participation",
    "RULES_CRITERIA": "participation",
    "CRITERIA_SELECTION": "participation",
    "QUALIFICATION": "participation",
    "PARTICULAR_PROFESSION": "participation",  # a profession, never a social reservation
    "REFERENCE_TO_LAW": "participation",
}
_FLAGS = {
    "RESTRICTED_SHELTERED_WORKSHOP": ("reserved-procurement", "res-ws"),
    "RESERVED_ORGANISATIONS_SERVICE_MISSION": ("reserved-procurement", "res-pub-ser"),
    "RESTRICTED_SHELTERED_PROGRAM": ("reserved-execution", "yes"),
}
_NATURES = {"1": "WORKS", "2": "SUPPLIES", "4": "SERVICES"}  # NC_CONTRACT_NATURE; the others name no single one
_IN_MONTHS = {"DAY": 1 / DAYS_IN_MONTH, "WEEK": 7 / DAYS_IN_MONTH, "MONTH": 1.0, "YEAR": 12.0}
_OLD_CONDITIONS = ("CONTRACT_RELATING_CONDITIONS", "SERVICES_CONTRACTS_SPECIFIC_CONDITIONS")
_PRIVATE = ("CONTACT_DATA", "PROCEDURES_FOR_APPEAL", "NAME_ADDRESSES_CONTACT")  # addresses of R2.0.8


def read(export: etree._Element, draft: Draft) -> tuple[Draft, list[Issue]]:
    """The Draft completed by the notice; ValueError (French) when it has no number, date or original form."""
    header = _Header(export)
    form = _original(export, header.language)
    words, issues = Words(), list[Issue]()
    tell = teller(draft.source, header.number, issues)
    buyer_codes(form, export, words, tell)
    draft = replace(
        draft,
        key=header.number,
        sent=sent(form, export),
        published=header.published,
        nature=f"TD-{header.code('TD_DOCUMENT_TYPE')}",
        shape="r209",
        url=NOTICE_URL + header.number,
        contract_types=tuple(filter(None, [_NATURES.get(header.code("NC_CONTRACT_NATURE"))])),
        deadline=header.deadline,
        deadline_style="paris",
        cpv=header.cpv,
    )
    if not local(form).startswith(("F", "MOVE")):
        return _defence(form, header, draft, words), issues
    objects = children(form, "OBJECT_CONTRACT")
    single = objects[0] if len(objects) == 1 else None
    title = text_of(first(objects[0], "TITLE")) if objects else ""
    words.say("title", None, title)
    words.say("description", None, text_of(first(single, "SHORT_DESCR")))
    lots = tuple(lot for one in objects for lot in _lots(one, len(objects) > 1, words, tell))
    _say_terms(form, words)
    lone = children(single, "OBJECT_DESCR") if single is not None and not lots else []
    months = [_months(one) for one in lone]
    whole = lone[0] if len(lone) == 1 else None
    start, end = planned(whole, tell)
    procedure = first(form, "PROCEDURE")
    day = text_of(first(procedure, "DATE_RECEIPT_TENDERS"))
    time = text_of(first(procedure, "TIME_RECEIPT_TENDERS"))
    kinds = [one.get("CTYPE", "") for one in children(single, "TYPE_CONTRACT")]
    return replace(
        draft,
        title=title,
        description=text_of(first(single, "SHORT_DESCR")) or text_of(first(lone[0] if lone else None, "SHORT_DESCR")),
        buyers=_buyers(form),
        cpv=tuple(dict.fromkeys([*_cpv(objects), *_cpv(lone)])) or header.cpv,
        places=tuple(place for one in lone for place in _places(one)),
        deadline=(f"{day}T{time}" if time else day) or header.deadline,
        amount=_amount(single) or (_amount(lone[0]) if lone else None),
        duration_months=next(filter(None, months), None),
        contract_types=tuple(filter(None, kinds)) or draft.contract_types,
        procedure=next((local(one) for one in descendants(procedure) if local(one).startswith("PT_")), ""),
        technique="FRAMEWORK" if first(procedure, "FRAMEWORK") is not None else "",
        lots=lots,
        passages=words.passages,
        coded=words.coded,
        earlier=_earlier(form, header),
        reference=text_of(first(single, "REFERENCE_NUMBER")),
        documents_url=url_of(text_of(first(form, "CONTRACTING_BODY", "URL_DOCUMENT"))),
        profile_url=url_of(text_of(first(form, "CONTRACTING_BODY", "ADDRESS_CONTRACTING_BODY", "URL_BUYER"))),
        holders=_holders(form),
        awards=awards(form, bool(lots), tell),
        start=iso(start),
        end=iso(end),
        renewal_months=renewals(whole),
    ), issues


class _Header:
    """``CODED_DATA_SECTION``: what TED coded of the notice, whatever its form."""

    def __init__(self, export: etree._Element) -> None:
        self._coded = first(export, "CODED_DATA_SECTION")
        notice = first(self._coded, "NOTICE_DATA")
        self.number = publication_number(export.get("DOC_ID", "")) or publication_number(
            text_of(first(notice, "NO_DOC_OJS"))
        )
        if not self.number:
            raise ValueError("numéro de publication absent")
        self.published = self._day(text_of(first(self._coded, "REF_OJS", "DATE_PUB")))
        self.language = text_of(first(notice, "LG_ORIG"))
        self.cpv = tuple(dict.fromkeys(one.get("CODE", "") for one in children(notice, "ORIGINAL_CPV")))
        self.places = tuple(one.get("CODE", "") for one in children(notice, "PERFORMANCE_NUTS", "ORIGINAL_NUTS"))
        self.previous = [text_of(first(one, "NO_DOC_OJS")) for one in children(notice, "REF_NOTICE")]
        submission = text_of(first(self._coded, "CODIF_DATA", "DT_DATE_FOR_SUBMISSION"))
        day, _, time = submission.partition(" ")
        self.deadline = (self._day(day) + (f"T{time}" if time else "")) if submission else ""

    def code(self, name: str) -> str:
        """The ``CODE`` of one element of ``CODIF_DATA``."""
        found = first(self._coded, "CODIF_DATA", name)
        return found.get("CODE", "") if found is not None else ""

    @staticmethod
    def _day(written: str) -> str:
        try:
            return date.fromisoformat(f"{written[:4]}-{written[4:6]}-{written[6:8]}").isoformat()
        except ValueError as error:
            raise ValueError(f"date « {written} » illisible") from error


def _original(export: etree._Element, language: str) -> etree._Element:
    """The form in the buyer's language, French first when there are several."""
    forms = [one for one in children(first(export, "FORM_SECTION"), "*") if one.get("CATEGORY") == "ORIGINAL"]
    if not forms:
        raise ValueError("formulaire d'origine absent")
    return min(forms, key=lambda one: (one.get("LG") != "FR", one.get("LG") != language))


# -- R2.0.9 ---------------------------------------------------------------------------------------------------------


def _lots(contract: etree._Element, several: bool, words: Words, tell: Tell) -> Iterator[Lot]:
    """The lots of one object, their words told; an undivided object is told as the notice itself.

    A planning notice may hold ``several`` objects: each is then a lot, numbered by its rank.
    """
    parts = children(contract, "OBJECT_DESCR")
    divided = len(parts) > 1 or (bool(parts) and first(contract, "LOT_DIVISION") is not None)
    seen: set[str] = set()
    prefix = contract.get("ITEM", "") if several else ""
    if several and not divided:
        yield _lot(contract, parts[0] if parts else None, prefix, words, tell)
        return
    if not divided:
        for part in parts:
            _say_lot(part, None, words)
        return
    for rank, part in enumerate(parts, 1):
        number = "-".join(filter(None, [prefix, text_of(first(part, "LOT_NO")) or str(rank)]))
        number = number if number not in seen else f"{number}-{rank}"
        seen.add(number)
        yield _lot(None, part, number, words, tell)


def _lot(contract: etree._Element | None, part: etree._Element | None, number: str, words: Words, tell: Tell) -> Lot:
    titles = [text_of(first(one, "TITLE")) for one in (contract, part)]
    texts = [text_of(first(one, "SHORT_DESCR")) for one in (contract, part)]
    words.say("lot_title", number, *titles[:1])
    words.say("lot_description", number, *texts[:1])
    if part is not None:
        _say_lot(part, number, words)
    return Lot(
        number,
        next(filter(None, titles), ""),
        next(filter(None, texts), ""),
        _cpv([one for one in (contract, part) if one is not None]),
        tuple(_places(part)),
        _amount(part) or _amount(contract),
        _months(part),
        text_of(first(part, "RENEWAL_DESCR")),
        renewals(part),
        *planned(part, tell),
    )


def _say_lot(part: etree._Element, number: str | None, words: Words) -> None:
    title, description = text_of(first(part, "TITLE")), text_of(first(part, "SHORT_DESCR"))
    if number is not None or not words.says(title):
        words.say("lot_title", number, title)
    if number is not None or not words.says(description):
        words.say("lot_description", number, description)
    words.say("lot_description", number, text_of(first(part, "OPTIONS_DESCR")), text_of(first(part, "RENEWAL_DESCR")))
    words.say("additional", number, text_of(first(part, "INFO_ADD")))
    words.say("participation", number, text_of(first(part, "CRITERIA_CANDIDATE")))
    for one in descendants(part):
        if local(one) == "AC_CRITERION":
            words.say("criteria", number, text_of(one))
        if local(one) in ("AC_CRITERION", "AC_PRICE"):
            words.code("award-criterion", number, _criterion(one))


def _criterion(one: etree._Element) -> str:
    """``quality 30 : Valeur technique``: as in eForms, without the unit that these forms do not tell."""
    price = local(one) == "AC_PRICE"
    around = one if price else one.getparent()
    kind = {"AC_PRICE": "price", "AC_COST": "cost", "AC_QUALITY": "quality"}.get(
        local(around) if around is not None else "", ""
    )
    weight = text_of(first(around, "AC_WEIGHTING")) if kind else ""
    return " : ".join(filter(None, [" ".join(filter(None, [kind, weight])), "" if price else text_of(one)]))


def _say_terms(form: etree._Element, words: Words) -> None:
    """Conditions, flags, procedure, additional information, changes: what is said of the whole notice."""
    for one in children(first(form, "LEFTI"), "*"):
        if local(one) in _FLAGS:
            words.code(*_flag(one))
        elif local(one) in _TERMS:
            for part in [one, *children(one, "CONDITIONS", "METHODS")]:
                words.say(
                    _TERMS[local(one)],
                    None,
                    text_of(part) if part is not one or not children(one, "CONDITIONS") else "",
                )
    procedure, more = first(form, "PROCEDURE"), first(form, "COMPLEMENTARY_INFO")
    words.say("criteria", None, text_of(first(procedure, "CRITERIA_EVALUATION")))
    for name in ("MAIN_FEATURES_AWARD", "DETAILS_PAYMENT", "FOLLOW_UP_CONTRACTS"):
        words.say("additional", None, text_of(first(procedure, name)))
    words.say("additional", None, text_of(first(procedure, "OPENING_CONDITION", "INFO_ADD")))
    words.say("additional", None, text_of(first(more, "INFO_ADD")), text_of(first(more, "ESTIMATED_TIMING")))
    for one in descendants(procedure):
        if local(one) in ("D_JUSTIFICATION", "JUSTIFICATION"):
            words.say("other", None, text_of(one))
    for one in children(form, "AWARD_CONTRACT"):
        words.say("other", None, text_of(first(one, "AWARDED_CONTRACT", "INFO_ADD_SUBCONTRACTING")))
    for one in children(first(form, "CHANGES"), "CHANGE"):
        words.say("change", None, _change(one))
    words.say("change", None, text_of(first(form, "CHANGES", "INFO_ADD")))
    for one in children(first(form, "MODIFICATIONS_CONTRACT", "INFO_MODIFICATIONS"), "*"):
        words.say("change", None, text_of(one))


def _flag(one: etree._Element) -> tuple[str, None, str]:
    field, value = _FLAGS[local(one)]
    return field, None, value


def _change(change: etree._Element) -> str:
    """One correction as the form prints it: place, « Au lieu de » the old text, « Lire » the new one."""
    where = " ".join(
        filter(None, (text_of(one) for one in children(first(change, "WHERE"), "SECTION", "LOT_NO", "LABEL")))
    )
    old, new = (_value(first(change, name)) for name in ("OLD_VALUE", "NEW_VALUE"))
    return "\n".join(filter(None, [where, f"Au lieu de : {old}" if old else "", f"Lire : {new}" if new else ""]))


def _value(node: etree._Element | None) -> str:
    """A text, a date and its hour, or CPV codes."""
    if node is None:
        return ""
    said = [text_of(first(node, name)) for name in ("TEXT", "DATE", "TIME")]
    return " ".join(filter(None, [*said, *_cpv([node])]))


def _buyers(form: etree._Element) -> tuple[Buyer, ...]:
    """The contracting body and those it buys with, each once."""
    bodies = children(
        first(form, "CONTRACTING_BODY"), "ADDRESS_CONTRACTING_BODY", "ADDRESS_CONTRACTING_BODY_ADDITIONAL"
    )
    return tuple(dict.fromkeys(buyer for one in bodies if (buyer := _buyer(one)).name))


def _buyer(body: etree._Element) -> Buyer:
    nuts = first(body, "NUTS")
    return Buyer(
        name_of(text_of(first(body, "OFFICIALNAME"))),
        siret=text_of(first(body, "NATIONALID")) or None,
        street=text_of(first(body, "ADDRESS")) or None,
        postcode=text_of(first(body, "POSTAL_CODE")) or None,
        city=text_of(first(body, "TOWN")) or None,
        nuts=nuts.get("CODE") if nuts is not None else None,
    )


def _cpv(nodes: list[etree._Element]) -> tuple[str, ...]:
    """Main codes first, then the additional ones; supplementary vocabulary is not an object."""
    blocks = [block for name in ("CPV_MAIN", "CPV_ADDITIONAL") for node in nodes for block in children(node, name)]
    codes = (code.get("CODE", "") for block in blocks for code in children(block, "CPV_CODE"))
    return tuple(dict.fromkeys(filter(None, codes)))


def _places(part: etree._Element | None) -> Iterator[Place]:
    site = text_of(first(part, "MAIN_SITE"))
    codes = [one.get("CODE", "") for one in children(part, "NUTS")]
    for code in codes:
        yield Place(code, nuts=code)
    if site:
        yield Place(site)


def _months(part: etree._Element | None) -> float | None:
    """DURATION in months, else what lies between its two dates; None when neither is given."""
    stated = first(part, "DURATION")
    if stated is not None:
        unit = _IN_MONTHS.get(stated.get("TYPE", ""))
        try:
            return round(float(text_of(stated)) * unit, 1) if unit else None
        except ValueError:
            return None
    try:
        start, end = (date.fromisoformat(text_of(first(part, f"DATE_{name}"))) for name in ("START", "END"))
    except ValueError:
        return None
    return round((end - start).days / DAYS_IN_MONTH, 1) if end > start else None


def _amount(node: etree._Element | None) -> Amount | None:
    """The estimate, else the total awarded, else its range."""
    for name in ("VAL_ESTIMATED_TOTAL", "VAL_OBJECT", "VAL_TOTAL", "VAL_RANGE_TOTAL"):
        found = first(node, name)
        if found is not None:
            low, high = text_of(first(found, "LOW")), text_of(first(found, "HIGH"))
            value = "" if low or high else text_of(found)
            return amount(value, low, high, currency=found.get("CURRENCY", ""))
    return None


def _earlier(form: etree._Element, header: _Header) -> tuple[str, ...]:
    """The notices of the same procedure that this one names: coded references, and those of the form."""
    stated = [text_of(one) for one in descendants(form) if local(one) == "NOTICE_NUMBER_OJ"]
    numbers = (publication_number(one) for one in [*header.previous, *stated])
    return tuple(f"ted:{one}" for one in dict.fromkeys(numbers) if one and one != header.number)


def _holders(form: etree._Element) -> tuple[str, ...]:
    """The companies awarded, each once."""
    addresses = (one for one in descendants(form) if local(one) in ("ADDRESS_CONTRACTOR", "ADDRESS_WINNER"))
    names = (name_of(text_of(first(one, "OFFICIALNAME"))) for one in addresses)
    return tuple(dict.fromkeys(filter(None, names)))


# -- R2.0.8: eight defence forms, read as text -----------------------------------------------------------------------


def _defence(form: etree._Element, header: _Header, draft: Draft, words: Words) -> Draft:
    title = _old(form, "TITLE_CONTRACT")
    description = _old(form, "SHORT_CONTRACT_DESCRIPTION")
    words.say("title", None, title)
    words.say("description", None, description)
    for part in descendants(form):
        above = {local(one) for one in part.iterancestors()}
        if not children(part, "P") or any(name.startswith(_PRIVATE) for name in above | {local(part)}):
            continue
        if not words.says(text_of(part)):
            words.say(_old_field(above | {local(part)}), None, text_of(part))
    names = _old_names(form, "CA_CE_CONCESSIONAIRE_PROFILE")
    winners = _old_names(form, "ECONOMIC_OPERATOR")
    return replace(
        draft,
        title=title,
        description=description,
        buyers=tuple(map(Buyer, names)),
        places=tuple(Place(code, nuts=code) for code in dict.fromkeys(header.places)),
        lots=tuple(_old_lots(form, words)),
        passages=words.passages,
        coded=words.coded,
        earlier=_earlier(form, header),
        holders=winners,
    )


def _old_names(form: etree._Element, above: str) -> tuple[str, ...]:
    """The official names that stand under an element whose name starts with ``above``."""
    names = (one for one in descendants(form) if local(one) == "OFFICIALNAME")
    found = (name_of(text_of(one)) for one in names if any(local(up).startswith(above) for up in one.iterancestors()))
    return tuple(dict.fromkeys(filter(None, found)))


def _old(form: etree._Element, name: str) -> str:
    return next((text_of(one) for one in descendants(form) if local(one) == name), "")


def _old_field(names: set[str]) -> PassageField:
    if names & set(_OLD_CONDITIONS):
        return "conditions"
    if any("PARTICIPATION" in name for name in names):
        return "participation"
    return "criteria" if any("AWARD_CRITERI" in name for name in names) else "additional"


def _old_lots(form: etree._Element, words: Words) -> Iterator[Lot]:
    """``ANNEX_B``: number, title and description of each lot; a lot that repeats a number is told by its rank."""
    seen: set[str] = set()
    for rank, part in enumerate((one for one in descendants(form) if children(one, "LOT_NUMBER")), 1):
        number = text_of(first(part, "LOT_NUMBER"))
        number = number if number and number not in seen else str(rank)
        seen.add(number)
        title, description = text_of(first(part, "LOT_TITLE")), text_of(first(part, "LOT_DESCRIPTION"))
        words.say("lot_title", number, title)
        words.say("lot_description", number, description)
        yield Lot(number, title, description, _cpv(children(part, "CPV")))
