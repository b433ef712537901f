"""For how much and how long, in the words of OCDS? Values, periods in days, renewals; what is unknown is empty."""

from __future__ import annotations

from math import isfinite
from typing import Any

from feeds.entry import clean
from feeds.ocds_codes import table
from scanner.edition import Terms
from scanner.notice import Amount

#: A month and a year in days, as OCDS for eForms converts a duration (BT-36).
_MONTH, _YEAR = 30, 365


def terms(found: Terms) -> dict[str, Any]:
    """``value``, ``minValue``, ``contractPeriod``, ``hasRenewal`` and ``renewal`` of a tender or of a lot.

    ``value`` is the most that is estimated (else the ceiling of a framework), ``minValue`` the least.
    """
    low, high = _bounds(found.amount) if found.amount else ({}, {})
    said = clean(found.renewals)
    renewed = {"hasRenewal": found.renewal_months != 0} if said or found.renewal_months is not None else {}
    return {
        "minValue": low,
        "value": high,
        "contractPeriod": _period(found.duration_months),
        **renewed,
        "renewal": {"description": said, "period": _period(found.renewal_months)},
    }


def _bounds(amount: Amount) -> tuple[dict[str, Any], dict[str, Any]]:
    most = next((one for one in (amount.value, amount.high, amount.ceiling) if one is not None), None)
    least = amount.low if amount.low is not None else amount.floor
    return _value(least, amount.currency), _value(most, amount.currency)


def _value(amount: float | None, currency: str) -> dict[str, Any]:
    if amount is None or not isfinite(amount) or currency not in table()["currencies"]:
        return {}
    return {"amount": int(amount) if amount == int(amount) else amount, "currency": currency}


def _period(months: float | None) -> dict[str, Any]:
    if months is None or not isfinite(months) or months <= 0:
        return {}
    years, rest = divmod(months, 12)
    return {"durationInDays": round(years * _YEAR + rest * _MONTH)}
