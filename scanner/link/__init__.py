"""Which notices belong to the same procedure? Notices to tenders: a pure grouping, whatever the order of arrival.

Two notices meet when they share a strong key (``keys.py``): contract folder, notice identifier, or the number of
one quoted in the other. A relaunched or renewed procedure is another tender. Likeness never merges, it proposes
(``propose.py``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from scanner.link.keys import ties
from scanner.link.propose import between, blocks, propose, relations, trace
from scanner.notice import Notice

__all__ = ["between", "blocks", "keys", "link", "propose", "relations", "trace"]


def keys(notices: Iterable[Notice]) -> set[str]:
    """Every strong key of the notices: what ``link`` has to know of the tenders met so far."""
    return {key for notice in notices for key in ties(notice).same}


def link(notices: Sequence[Notice], aliases: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The tender of each notice, and the aliases to add or change so that later batches find it.

    ``aliases`` maps keys met so far (notice id, ``folder:<uuid>``, earlier id not seen yet, merged tender id) to their
    tender; those of ``keys(notices)`` are enough, provided a merged tender's other keys follow it where they are kept.
    A group keeps the tender it already has; when two tenders meet, the oldest by key order stays;
    a new tender takes the id of the notice published first (then by id).
    """
    parent: dict[str, str] = {}
    for notice in notices:
        for key in ties(notice).same:
            _join(parent, notice.id, key)
    known = {key: aliases[key] for key in parent if key in aliases}
    for key, tender in known.items():
        _join(parent, key, tender)
    members: dict[str, list[str]] = {}
    for key in sorted(parent):
        members.setdefault(_root(parent, key), []).append(key)
    tenders = set(known.values())
    published = {notice.id: notice.published for notice in sorted(notices, key=lambda n: n.published, reverse=True)}

    result: dict[str, str] = {}
    for root, keys in members.items():
        kept = [key for key in keys if key in tenders]
        if kept:
            result[root] = min(kept, key=_age)
        else:
            result[root] = min((key for key in keys if key in published), key=lambda key: (published[key], _age(key)))
    tender_of = {notice.id: result[_root(parent, notice.id)] for notice in notices}
    found = {key: result[_root(parent, key)] for key in parent}
    merged = {tender: found[tender] for tender in tenders if found[tender] != tender}
    if merged:
        found |= {key: merged[tender] for key, tender in aliases.items() if tender in merged}
    return tender_of, {key: tender for key, tender in sorted(found.items()) if aliases.get(key) != tender}


def _age(key: str) -> tuple[str, int, list[int], str]:
    """Sorts ids by age as far as an id tells it: ``boamp:25-9`` before ``boamp:25-10``."""
    source, _, number = key.partition(":")
    digits = [int(part) for part in number.split("-") if part.isdecimal()]
    return source, len(digits), digits, key


def _root(parent: dict[str, str], key: str) -> str:
    while parent.setdefault(key, key) != key:
        parent[key] = parent[parent[key]]
        key = parent[key]
    return key


def _join(parent: dict[str, str], left: str, right: str) -> None:
    a, b = sorted((_root(parent, left), _root(parent, right)))
    parent[b] = a
