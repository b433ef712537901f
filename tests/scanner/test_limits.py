"""What asks for too much is one rejected record, told with the setting to raise; the others are read."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest

from scanner.config import read as read_config
from scanner.datafile import DataFileError
from scanner.limits import defaults
from scanner.notice import RawNotice
from scanner.timebox import TooLong, within
from scanner.understand import BATCH_BYTES, _batches, understand
from tests.hostile.valid import LEGACY, MOMENT, mapa, read, samples

SMALL = replace(
    defaults(), octets=4000, profondeur=12, lots=3, passages=20, passage_caracteres=1500, titre_caracteres=300
)


def code(body: bytes, limits=SMALL, source="boamp") -> str:
    made = read(source, body, limits)
    if made.notice:
        return ""
    (issue,) = made.rejections
    assert "[limites] de veille.toml" in issue.message and len(made.issues) == 1
    return issue.code


def deep(levels: int) -> object:
    return "fond" if not levels else {"a": deep(levels - 1)}


@pytest.mark.parametrize(
    ("fits", "exceeds", "expected"),
    [
        (mapa(autre="x" * 1000), mapa(autre="x" * 4000), "limite_octets"),
        (mapa(autre=deep(9)), mapa(autre=deep(10)), "limite_profondeur"),
        (
            mapa(lots={"lot": [{"description": f"Lot {n}"} for n in range(3)]}),
            mapa(lots={"lot": [{"description": f"Lot {n}"} for n in range(4)]}),
            "limite_lots",
        ),
        (mapa(criteres=list(map(str, range(18)))), mapa(criteres=list(map(str, range(20)))), "limite_passages"),
        (mapa(criteres="x" * 1500), mapa(criteres="x" * 1501), "limite_passage_caracteres"),
        (mapa(description={"objet": "t" * 300}), mapa(description={"objet": "t" * 301}), "limite_titre_caracteres"),
    ],
)  # fmt: skip
def test_each_limit_lets_its_value_pass_and_no_more(fits, exceeds, expected):
    assert code(fits) == "" and code(exceeds) == expected


def test_many_values_are_counted_before_they_are_opened():
    body = mapa(autre="x")[:-1] + b',"z":[' + b",".join([b"[]"] * 5000) + b"]}"
    assert code(body, replace(defaults(), valeurs=5000)) == "limite_valeurs"
    assert code(body, replace(defaults(), valeurs=20000)) == ""


@pytest.mark.parametrize("depth", [200, 1000, 5000, 200_000])
def test_nesting_is_a_rejection_whatever_its_depth(depth):
    for inner in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
        assert read("boamp", inner.encode()).rejections
        assert read("approch", b'{"code":"a","libelle":' + inner.encode() + b"}").rejections
        assert read(
            "boamp", json.dumps({"idweb": "26-1", "dateparution": "2026-11-20", "donnees": inner}).encode()
        ).rejections
    for source in ("boamp", "ted"):
        made = read(source, LEGACY.replace("<DONNEES>", "<DONNEES>" + "<a>" * depth + "</a>" * depth).encode())
        assert made.rejections and made.notice is None


def test_every_valid_sample_is_within_the_defaults():
    assert all(read(source, body).notice for source, body in samples())


def test_a_step_that_lasts_is_interrupted():
    start = time.monotonic()
    with pytest.raises(TooLong):
        within(0.2, lambda: sum(1 for _ in iter(int, 1)))
    assert time.monotonic() - start < 5
    assert within(5, lambda: 3) == 3


def test_a_record_that_lasts_is_rejected_and_the_next_is_read(monkeypatch):
    import spiders.formats as formats

    slow, parse = mapa(autre="lent"), formats.parse

    def patient(raw, limits=None):
        while raw.body == slow:
            pass
        return parse(raw, limits)

    monkeypatch.setattr(formats, "parse", patient)
    raws = [RawNotice("boamp", key, "", MOMENT, body) for key, body in (("26-2", slow), ("26-1", mapa()))]
    said = understand(raws, limits=replace(defaults(), secondes=1))
    assert [issue.code for issue in said.issues if issue.level == "rejected"] == ["limite_secondes"]
    assert [row.status for row in said.rows] == ["rejete", "lu"]


def test_batches_are_bounded_by_their_weight():
    raws = [RawNotice("boamp", str(n), "", MOMENT, bytes(BATCH_BYTES // 2)) for n in range(5)]
    assert [len(batch) for batch in _batches(iter(raws))] == [2, 2, 1]


def test_the_settings_are_checked(tmp_path):
    path = tmp_path / "veille.toml"
    start = '[veille]\ncontact = "a@b.fr"\n[limites]\n'
    path.write_text(start + "octets = 5000\nsecondes = 5\n", encoding="utf-8")
    assert read_config(path).limits == replace(defaults(), octets=5000, secondes=5)
    for wrong in ("octets = 0", "octets = 999999999999", 'lots = "10"', "secondes = 1.5", "autre = 1", "lots = true"):
        path.write_text(start + wrong, encoding="utf-8")
        with pytest.raises(DataFileError, match=r"\[limites\]"):
            read_config(path)
