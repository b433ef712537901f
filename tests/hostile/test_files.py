"""Hostile files through ``scanner classify``: bounded time and memory, clean rejections, nothing fetched."""

from __future__ import annotations

import gzip
import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.valid import LEGACY, mapa, read, samples

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
    + "]>"
)
DOCTYPES = {
    "bomb": LAUGHS + "<ContractNotice>&m;</ContractNotice>",
    "bomb in an attribute": LAUGHS + '<ContractNotice a="&m;"/>',
    "quadratic": f'<!DOCTYPE x [<!ENTITY a "{"a" * 50_000}">]><ContractNotice>{"&a;" * 50_000}</ContractNotice>',
    "external": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><ContractNotice>&a;</ContractNotice>',
    "network": '<!DOCTYPE x [<!ENTITY a SYSTEM "http://127.0.0.1:9/x">]><TED_EXPORT>&a;</TED_EXPORT>',
    "parameter": '<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd"> %a;]><ANNONCE/>',
    "outer": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><ANNONCE/>',
    "public": '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://127.0.0.1:9/x.dtd"><html/>',
    "plain": "<!DOCTYPE ANNONCE><ANNONCE/>",
    "after a long comment": "<!--" + "-x" * 20_000 + "--><!DOCTYPE ANNONCE><ANNONCE/>",
}


def classify(path: Path, shape: str = "boamp", memory: int = 0) -> subprocess.CompletedProcess[str]:
    """The command line on one file, ``memory`` bytes of address space at most; it must answer within a minute."""

    def bound() -> None:
        if memory:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

    return subprocess.run(
        [sys.executable, "-m", "scanner", "classify", str(path), "--format", shape],
        capture_output=True, text=True, timeout=120, preexec_fn=bound, cwd=path.parent,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("source", ["boamp", "ted"])
@pytest.mark.parametrize("name", DOCTYPES)
def test_no_document_type_is_ever_opened(name, source, encoding):
    made = read(source, DOCTYPES[name].encode(encoding))
    assert made.notice is None and len(made.rejections) == 1
    assert "root:" not in made.rejections[0].message


@pytest.mark.parametrize("source", ["boamp", "ted", "approch"])
@pytest.mark.parametrize(
    "body",
    [b"", b"\x00" * 100, b"\xff\xfe", b"<", b"{", b"[]", b"null", b"1e999", b'"x"', b"<a>\xff</a>", b'{"idweb":"\xff"}',
     b"<html><body>502</body></html>", b"%PDF-1.7", b"PK\x03\x04", b'{"idweb":1}', b'{"idweb":{"a":1},"donnees":[]}',
     b'{"code":NaN}', b'<?xml version="1.0" encoding="x-none"?><a/>', b"<?xml version='1.0' encoding='utf-7'?><a/>"],
)  # fmt: skip
def test_what_is_no_record_is_one_rejection(source, body):
    made = read(source, body)
    assert made.notice is None and [issue.level for issue in made.issues] == ["rejected"]


@pytest.mark.parametrize("key", ["../../etc/passwd", "a/b", "a\\b", "..", "a\x00b", "a b", "\u202ea", "x" * 300, "-rf"])
def test_an_identifier_never_becomes_a_path(key):
    body = json.loads(mapa()) | {"idweb": key}
    made = read("boamp", json.dumps(body).encode())
    assert made.notice is None and made.rejections[0].code == "identifiant_inadmissible"
    assert made.rejections[0].message.isprintable()


def test_markup_and_script_are_text_in_every_field():
    said = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>]]>'; DROP TABLE notices;-- {{7*7}} ${x} %s"
    made = read("boamp", mapa(description={"objet": said}, criteres=said, lots={"lot": [{"description": said}]}))
    assert made.notice is not None


def test_a_huge_record_costs_little_and_its_neighbours_are_read(tmp_path):
    path = tmp_path / "avis.jsonl"
    with path.open("wb") as out:
        out.write(mapa(criteres="Le lot est réservé aux ESAT.") + b"\n")
        out.write(b'{"idweb":"26-9","donnees":"' + b"a" * 60_000_000 + b'"}\n')
        out.write(mapa(criteres="Clause d'insertion obligatoire.") + b"\n")
    made = classify(path, memory=900_000_000)
    assert made.returncode == 1 and "octets" in made.stderr and "Traceback" not in made.stderr
    assert made.stderr.count("Avis rejeté") == 1 and "ESAT" in made.stdout and "insertion" in made.stdout


@pytest.mark.parametrize("unit", [b"[", b"[],", b'{"a":', b"<a>", b"\x00", b"a", b"<a/>"])
def test_a_huge_file_of_nothing_is_one_rejection(tmp_path, unit):
    path = tmp_path / "avis.txt"
    path.write_bytes(unit * (30_000_000 // len(unit)))
    made = classify(path, memory=900_000_000)
    assert made.returncode == 1 and made.stdout == "" and len(made.stderr.splitlines()) == 1
    assert "Avis rejeté" in made.stderr


def test_a_compressed_bomb_is_not_expanded(tmp_path):
    path = tmp_path / "avis.json.gz"
    with gzip.open(path, "wb", compresslevel=9) as out:
        for _ in range(500):
            out.write(bytes(1_000_000))
    made = classify(path, memory=900_000_000)
    assert made.returncode == 1 and "trop grand" in made.stderr and len(made.stderr.splitlines()) == 1


def test_the_screen_obeys_nothing_of_a_notice(tmp_path):
    path = tmp_path / "avis.json"
    said = "Le lot est réservé aux ESAT \x1b]0;titre\x07\x1b[2J\u202e\x9b31m."
    path.write_bytes(mapa(description={"objet": said}, criteres=said))
    made = classify(path)
    assert made.returncode == 0 and "ESAT" in made.stdout
    assert not {"\x1b", "\x07", "\u202e", "\x9b"} & set(made.stdout + made.stderr)


def test_a_directory_or_nothing_is_one_sentence(tmp_path):
    (tmp_path / "vide.json").write_bytes(b"")
    for path in (tmp_path, tmp_path / "vide.json", tmp_path / "absent.json"):
        made = classify(path)
        assert made.returncode == 2 and len(made.stderr.splitlines()) == 1 and made.stderr.startswith("Erreur : ")


def test_the_samples_are_still_read():
    assert all(read(source, body).reading for source, body in samples()) and b"ESAT" in LEGACY.encode()
