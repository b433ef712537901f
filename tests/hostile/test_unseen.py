"""Two hundred records that mean harm, through a whole run: each a notice or a counted rejection, nothing escapes."""

from __future__ import annotations

import email
import html
import re
import zipfile
from collections.abc import Iterator
from datetime import date
from email import policy
from functools import partial
from pathlib import Path

import pytest

from scanner import run
from scanner.config import Config, SourceSettings
from scanner.issues import IssueLog
from scanner.mail_settings import MailSettings
from scanner.mailing.post import mail
from scanner.notice import RawNotice
from scanner.private import leads_of, letter_lines
from scanner.store import Store
from tests.hostile.unseen import all_of
from tests.hostile.valid import MOMENT

PEOPLE = "adresse;edition;departements;metiers;type;nom\nm@x.fr;mission;;;;\nea@x.fr;structure;;;EA;\n"
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u2028\u2029\u202a-\u202e\u2066-\u2069]")
PEOPLE_NAMED = re.compile(
    r"delacroix@|leroy@|leroy\[at|a\.leroy|06 12 34 56 78|98\.76\.54|06-12-34|0033612345678", re.I
)
EXECUTED = re.compile(r"<script>alert|<img src=x|<svg/onload|<a href=javascript|<\?php", re.I)
LED = re.compile(r"""(?:href|src|action|xlink:href)\s*=\s*["']?([^"'>\s]*)""", re.I)
HARMFUL = re.compile(
    r"\s*(?:javascript|vbscript|data:text|file|ftp):|(?:https?:)?/+(?:[^/]*@)?(?:127\.|10\.|192\.168|169\.254|0[./:x]|\[|"
    r"localhost|intranet|2130706433|metadata|x\.local|100\.64|[^/]*\u202e)", re.I,
)  # fmt: skip


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> tuple[Config, IssueLog, int, run.Reading]:
    """The folder of a run over all the records, its issues, how many records it was given, what became of them."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "abonnes.csv").write_text(PEOPLE, encoding="utf-8")
    letters = MailSettings(sender="v@x.fr", subscribers=folder / "abonnes.csv")
    sources = {name: SourceSettings(volume=0.0) for name in ("boamp", "ted", "approch")}
    config = Config(folder=folder, contact="a@b.fr", sources=sources, mail=letters)
    log = IssueLog()
    with Store.open(config.database) as store:
        given, _ = store.archive([_raw(rank, *one) for rank, one in enumerate(all_of().values())])
        done = run.read(store, store.unread(), log)
        run.settle_buyers(store)
        log.extend(run.appraise(store, config, today=date(2026, 11, 23)))
        monday, sunday = date(2026, 11, 16), date(2026, 11, 22)
        edition, _ = run.publish(store, config, since=monday, until=sunday, today=date(2026, 11, 23))
        assert not edition.lost and len(edition.items) > 100
        more = partial(letter_lines, leads_of(store, config, edition))
        assert mail(store, config, edition, more=more).status == 0
        assert len(list(store.raws())) == given  # rejected, and kept
    return config, log, given, done


def _raw(rank: int, source: str, body: bytes) -> RawNotice:
    named = re.search(rb'"idweb": ?"([^"]{1,40})"', body)
    key = named[1].decode("utf-8", "replace") if named else f"26-n{rank}"
    known = {"ted": "12345-2026", "approch": "70101"}.get(source)
    return RawNotice(
        source, f"{known}{rank}" if known and rank % 7 else known or key, "http://127.0.0.1:1/x", MOMENT, body
    )


def test_each_is_read_or_rejected_with_its_reason(ended):
    _, log, given, done = ended
    assert done.read + done.rejected == given > 190
    rejected = [issue for issue in log if issue.level == "rejected"]
    assert len({(issue.source, issue.key) for issue in rejected}) == done.rejected
    assert not [issue for issue in log if issue.code.endswith("_interrompus")]
    interrupted = [issue.message for issue in rejected if issue.code == "lecture_interrompue"]
    assert all("il dit s'appeler" in said for said in interrupted), interrupted
    assert not CONTROLS.search("".join(issue.message + issue.key for issue in log))


def test_nothing_is_executed_nor_linked_nor_named_in_what_is_written(ended):
    config, *_ = ended
    seen = 0
    for name, text in _texts(config):
        seen += 1
        assert not CONTROLS.search(text), (name, CONTROLS.search(text))
        assert not PEOPLE_NAMED.search(text), (name, PEOPLE_NAMED.search(text))
        if name.endswith("html"):
            assert not EXECUTED.search(text), name
            assert not [link for link in map(html.unescape, LED.findall(text)) if HARMFUL.match(link)], name
    assert seen > 200


def test_the_texts_are_shown_all_the_same(ended):
    config, *_ = ended
    pages = "".join(text for name, text in _texts(config) if name.endswith("html"))
    assert "Le marché est réservé aux ESAT." in pages


def test_no_cell_is_a_formula(ended):
    config, *_ = ended
    books = [*config.folder.rglob("*.xlsx")]
    for book in books:
        with zipfile.ZipFile(book) as parts:
            assert not [part for part in parts.namelist() if re.search(rb"<f[ >/]", parts.read(part))], book
    for table in config.folder.rglob("tables/*.csv"):
        assert not re.search(r"""(?:^|;)"?[=+@\t\r]""", table.read_text(encoding="utf-8-sig"), re.M), table
    assert books


def _texts(config: Config) -> Iterator[tuple[str, str]]:
    """Every text that is written, tables, letters and the public database included."""
    for path in sorted([*config.public.rglob("*"), *config.private.rglob("*")]):
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as parts:
                yield path.name, "".join(parts.read(part).decode() for part in parts.namelist())
        elif path.suffix == ".eml":
            message = email.message_from_bytes(path.read_bytes(), policy=policy.default)
            heads = {
                "From",
                "To",
                "Subject",
                "Date",
                "List-Id",
                "List-Unsubscribe",
                "Auto-Submitted",
                "Content-Language",
            }
            assert set(message.keys()) <= heads | {"Message-ID", "MIME-Version", "Content-Type"}
            for part in message.walk():
                if part.get_content_maintype() == "text":
                    yield f"{path.name}.{part.get_content_subtype()}", part.get_content()
        elif path.is_file() and path.suffix != ".db":
            yield path.name, path.read_text(encoding="utf-8-sig")
    assert Path(config.public / "veille-public.db").stat().st_size > 0
