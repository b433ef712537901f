"""May this address be followed? Pure: only http(s) to a public host, without credentials; the rest is shown as text.

Hosts are compared as browsers read them: full-width and ideographic dots, decimal, octal and hexadecimal numbers,
IPv4 inside IPv6. Nothing is resolved: no network. Words and suffixes are in ``links.yml``.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from scanner.datafile import only, read_yaml, texts
from scanner.display import clean

_FILE = Path(__file__).with_name("links.yml")
_BAD = re.compile('[\\s\\\\\x00-\x20\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd"<>]')
_NUMERIC = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+))*")
_LAST_NUMERIC = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)")
_LABEL = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]{1,20}(?=:)")
_BLANKS = re.compile("[\x00-\x20\x7f-\x9f]+")

_NAT64 = bytes.fromhex("0064ff9b0000000000000000")


@dataclass(frozen=True, slots=True)
class _Table:
    longest: int
    hidden: tuple[str, ...]
    reserved: tuple[str, ...]
    not_followed: str
    shown_schemes: tuple[str, ...]
    shown_length: int


def followed(url: str) -> str:
    """``url`` itself when it may be a link or be fetched, else an empty string."""
    if not url or len(url) > _table().longest or _BAD.search(url):
        return ""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or "@" in parts.netloc:
        return ""
    return url if public(host) else ""


@lru_cache(maxsize=8192)
def public(host: str) -> bool:
    """Whether a host name or address is of the public network, as far as its writing tells."""
    name = unicodedata.normalize("NFKC", host).replace("\u3002", ".").strip("[]").lower().removesuffix(".")
    if ":" in name:
        return _global(name)
    labels = name.split(".")
    if len(labels) < 2 or len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        return False
    if _NUMERIC.fullmatch(name) or _LAST_NUMERIC.fullmatch(labels[-1]):
        return _global(name)
    return not _under(name, _table().hidden) and not _under(name, _table().reserved)


def told(url: str) -> str:
    """What is kept and shown of an address: itself when it may be followed, else « adresse non suivie : … ».

    Credentials are never shown; what is no address at all is an empty string.
    """
    if not url or followed(url) or refused(url) or _an_example(url):
        return url
    shown = clean(url[: 4 * _table().shown_length])
    scheme = _SCHEME.match(_BLANKS.sub("", url[: 4 * _table().shown_length].lower()))
    if not scheme or (scheme[0] not in ("http", "https") and scheme[0] not in _table().shown_schemes):
        return ""
    bare = re.sub(r"//[^/?#]*@", "//***@", shown)
    cut = bare if len(bare) <= _table().shown_length else bare[: _table().shown_length] + "…"
    return f"{_table().not_followed} : {cut}"


def refused(shown: str) -> bool:
    """Whether ``shown`` is what ``told`` makes of an address that may not be followed."""
    return shown.startswith(_table().not_followed)


def same_host(url: str, base: str) -> bool:
    """Whether ``url`` is http(s) at the very host and port of ``base``: the configured source, be it on loopback."""
    try:
        one, other = urlsplit(url), urlsplit(base)
        alike = (one.hostname, _port(one.scheme, one.port)) == (other.hostname, _port(other.scheme, other.port))
    except ValueError:
        return False
    return alike and one.scheme in ("http", "https") and "@" not in one.netloc


def _an_example(url: str) -> bool:
    if len(url) > _table().longest or _BAD.search(url) or not url.startswith(("http://", "https://")):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return "@" not in parts.netloc and _under(parts.hostname or "", _table().reserved)


def _under(name: str, suffixes: tuple[str, ...]) -> bool:
    return name in suffixes or name.endswith(tuple(f".{suffix}" for suffix in suffixes))


def _port(scheme: str, port: int | None) -> int | None:
    return port or {"http": 80, "https": 443}.get(scheme)


def _global(written: str) -> bool:
    try:
        address = ipaddress.ip_address(written)
    except ValueError:  # decimal, octal, hexadecimal, short or scoped: nobody publishes these in good faith
        return False
    inner: list[ipaddress.IPv4Address | ipaddress.IPv6Address] = [address]
    if isinstance(address, ipaddress.IPv6Address):
        inner += [one for one in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())) if one]
        if address.packed[:12] == _NAT64:
            inner.append(ipaddress.IPv4Address(address.packed[12:]))
    return all(one.is_global and not one.is_multicast and not one.is_reserved for one in inner)


@cache
def _table() -> _Table:
    names = ("internal", "reserved", "rebinding", "shown_schemes")
    kinds: dict[str, type] = {"longest": int, "shown_length": int, "not_followed": str, **dict.fromkeys(names, list)}
    read = only(read_yaml(_FILE), _FILE.name, kinds)
    lists = {name: texts(read[name], f"{_FILE.name}, {name}") for name in names}
    hidden, shown = (*lists["internal"], *lists["rebinding"]), (lists["shown_schemes"], read["shown_length"])
    return _Table(read["longest"], hidden, lists["reserved"], read["not_followed"], *shown)
