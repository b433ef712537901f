"""A whole run over hostile records: each is a notice or a counted rejection, and what is published harms nobody."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date

import pytest
from scrapy import Request

from scanner.config import Config, SourceSettings
from scanner.issues import IssueLog
from scanner.limits import defaults
from scanner.notice import RawNotice
from scanner.run import publish, read
from scanner.store import Store
from spiders.base import json_of
from spiders.gate import Gate, Refused
from spiders.ted import _path
from tests.hostile.valid import MOMENT, mapa

SAID = (
    "<script>alert(1)</script>\"><img src=x onerror=alert(1)>]]>\x00\x1b[31m\u202e =cmd|' /C calc'!A0\r\nBcc: x@y.fr "
    "Le marché est réservé aux ESAT, contact marie.durand@ville.fr."
)


def hostile() -> list[RawNotice]:
    addresses = {"document": {"coord": {"url": "javascript:alert(1)"}}}
    good = mapa(description={"objet": SAID}, criteres=SAID, adressesComplt=addresses)
    inner = mapa(
        description={"objet": SAID},
        criteres=SAID,
        adressesComplt={"document": {"coord": {"url": "http://127.0.0.1/x"}}},
    )
    bodies = {
        "26-1": good,
        "26-2": inner.replace(b'"26-1"', b'"26-2"'),
        "26-3": b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        "26-4": mapa(autre=json.loads("[" * 150 + "]" * 150)).replace(b'"26-1"', b'"26-4"'),
        "26-5": mapa(criteres="x" * 50_000).replace(b'"26-1"', b'"26-5"'),
        "../26-6": mapa().replace(b'"26-1"', b'"../26-6"'),
        "26-7": b"\xff\xfe\x00",
    }
    return [RawNotice("boamp", key, "http://127.0.0.1:1/x", MOMENT, body) for key, body in bodies.items()]


@pytest.mark.parametrize("processes", [1, 2])
def test_each_record_is_counted_and_nothing_published_harms(tmp_path, processes):
    config = Config(folder=tmp_path, sources={"boamp": SourceSettings()})
    log, limits = IssueLog(), replace(defaults(), octets=20_000)
    with Store.open(config.database) as store:
        assert store.archive(hostile()) == (7, 0)
        done = read(store, store.unread(), log, processes=processes, limits=limits)
        assert (done.read, done.rejected) == (2, 5)
        codes = sorted(issue.code for issue in log if issue.level == "rejected")
        assert codes == ["avis_illisible"] * 2 + ["identifiant_inadmissible", "limite_octets", "limite_profondeur"]
        _, files = publish(store, config, since=date(2026, 11, 16), until=date(2026, 11, 22), today=date(2026, 11, 23))
        assert len(list(store.raws())) == 7  # rejected, and kept
    assert files and all(path.is_relative_to(config.public) or path.is_relative_to(config.private) for path in files)
    assert {path.parent for path in tmp_path.rglob("*26-6*")} == set()
    for path in files:
        if path.suffix in (".html", ".xml", ".txt", ".ics", ".csv", ".json"):
            body = path.read_text(encoding="utf-8-sig")
            assert "marie.durand" not in body and not re.search("[\x00\x1b\u202e]", body), path
            assert not re.search(r"""(?:href|url|src)\s*[=:]\s*["']?\s*(?:javascript|http://127)""", body, re.I), path
            assert path.suffix != ".html" or ("<script>alert" not in body and "<img src=x" not in body)
    told = "".join(path.read_text(encoding="utf-8") for path in files if path.suffix == ".txt")
    assert "adresse non suivie : javascript:alert(1)" in told


class _Spider:
    base_url = "http://127.0.0.1:8765/api"


@pytest.mark.parametrize(
    "url", ["http://169.254.169.254/latest", "http://127.0.0.1:22/", "file:///etc/passwd", "http://localhost:8765/",
        "ftp://x.fr/"]
)  # fmt: skip
def test_a_crawl_never_leaves_for_an_internal_address(url):
    gate = Gate(_Spider())
    gate.process_request(Request("http://127.0.0.1:8765/robots.txt"))
    gate.process_request(Request("https://www.boamp.fr/x"))
    with pytest.raises(Refused):
        gate.process_request(Request(url))


@pytest.mark.parametrize(
    "link", ["x:@evil.example/xml", "https://a/" + "\\b", "http://[", None, 3, "//evil.example//x", ""]
)
def test_a_link_of_a_record_never_changes_the_host(link):
    assert _path(link) in ("", "//x"[1:])
    assert _path("https://ted.europa.eu/fr/notice/1-2026/xml") == "/fr/notice/1-2026/xml"


def test_an_answer_of_too_many_values_is_no_page():
    class Answer:
        body = b'{"results":[' + b"[]," * 3_000_000 + b"[]]}"

    assert json_of(Answer()) is None
