"""Sixty records that mean harm, written by a reviewer who had not looked at the readers: name -> (source, body).

``{KEY}`` in a body is the key it is archived under. Those of 50 MB are made when they are asked for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from tests.hostile.valid import LEGACY, samples

KEY = "{KEY}"
BIDI = "\u202e\u2066\u2067\u200f\u061c\u2069\x00\x07\x08\x0b\x1b[2J\x1b]0;x\x07\x85\u2028\u2029\ufeff\ufff9\U000e0041"
HTML = (
    "</title></textarea></script><script>alert(1)</script><svg/onload=alert(2)>\"'><img src=x onerror=alert(3)>"
    "<a href=javascript:alert(4)>x</a>{{7*7}}{% raise %}${7*7}<!--]]>&#x3c;script&#x3e;&lt;script&gt;<?php 1 ?>"
)
FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", '=HYPERLINK("http://x.example";"a")', "|x")
HEADERS = "Objet\r\nBcc: vole@mal.example\r\n\r\n<b>corps</b>\u2028Cc: a@mal.example\x0bTo: b@mal.example"
RESERVED = "Le marché est réservé aux ESAT. Clause d'insertion : 500 heures."
PERSON = (
    "M. Jean-Baptiste Delacroix-Ménard, jb.delacroix@mairie-x.fr, Mme LEROY Anne 06 12 34 56 78, +33 (0)7.98.76.54.32, "
    "anne.leroy[at]mairie-x.fr, a.leroy (a) ville.fr, 06-12-34-56-78, 0033612345678"
)
URLS = (
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)",
    "java\nscript:alert(1)", "&#106;avascript:alert(1)", "javascript&colon;alert(1)", "%6aavascript:alert(1)",
    "data:text/html,<script>1</script>",
    "vbscript:x", "file:///etc/passwd", "//127.0.0.1/x", "http:127.0.0.1", "http:///127.0.0.1", "http://127.1/",
    "http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://0/", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
    "http://localhost./", "http://LOCALHOST/", "http://127。0。0。1/", "http://①②⑦.0.0.1/", "http://10.0.0.1\\@b.fr/",
    "http://b.fr@10.0.0.1/", "http://169.254.169.254/latest", "http://a:b@www.boamp.fr/", "http://192.168.1.1.:80/",
    "http://metadata.google.internal/", "http://x.local/", "http://intranet/", "https://100.64.0.1/", "http://[fe80::1%25eth0]/",
    "http://\u202ewww.gov.fr/", "https://exemple.fr/\"onmouseover=alert(1) x=\"", "https://exemple.fr/</script><script>",
    "https://exemple.fr/\r\nX: y", "http://[", "http://[::", "https://exemple.fr:99999/",
    "https://" + "a" * 70_000 + ".fr/",
    "https://127.0.0.1.nip.io/", "http://0:80/", "http://127.0.0.1%2f@ok.fr/", "http://[0:0:0:0:0:ffff:7f00:1]/", "ftp://a/",
)  # fmt: skip
AMOUNTS = (
    "1e400", "-1e400", "NaN", "Infinity", "-1", "0", "1e308", "9" * 400, "1,5", "1 000 000,00 €", "٣٤", "0x10", "1_000",
    "", "--1", "1e-400", "１２３",
)  # fmt: skip
DATES = (
    "0000-00-00", "9999-12-31", "0001-01-01", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-02-30",
    "2026-11-20T25:61:61", "99999-01-01", "-2026-01-01", "2026-W47", "20261120", "１９９９-01-01",
    "2026-11-20T00:00:00+99:99",
    "1969-12-31", "2026-11-20\x00", "null", "Infinity",
)  # fmt: skip


def mapa(form: dict[str, object] | None = None, **index: object) -> bytes:
    """An adapted-procedure record with its index fields replaced."""
    body = {
        "MAPA": {
            "organisme": {"acheteurPublic": "Ville"},
            "initial": {"description": {"objet": "Entretien"}, **(form or {})},
        }
    }
    whole = {
        "idweb": KEY,
        "dateparution": "2026-11-20",
        "famille": "MAPA",
        "nature": "APPEL_OFFRE",
        "objet": "Entretien",
    }
    return json.dumps({**whole, "donnees": json.dumps(body, ensure_ascii=False), **index}, ensure_ascii=False).encode(
        "utf-8", "replace"
    )


def everywhere(body: bytes, text: str, *, skip: tuple[str, ...] = ("idweb", "donnees", "gestion")) -> bytes:
    """``body`` where each text of the record, and of the JSON it embeds, is ``text`` after what it was."""
    whole = json.loads(body)

    def told(value: object, name: str = "") -> object:
        if isinstance(value, dict):
            return {key: told(one, key) for key, one in value.items()}
        if isinstance(value, list):
            return [told(one, name) for one in value]
        kept = (
            not isinstance(value, str)
            or name in ("dateparution", "famille", "nature")
            or name.endswith("SubTypeCode")
            or not value
        )
        return value if kept or name.startswith("@") else f"{value} {text}"

    inner = json.dumps(told(json.loads(whole["donnees"])), ensure_ascii=False)
    outer = {key: value if key in skip else told(value, key) for key, value in whole.items()}
    outer = {**outer, "donnees": inner, "idweb": KEY, "dateparution": "2026-11-20"}
    return json.dumps(outer, ensure_ascii=False).encode("utf-8", "surrogatepass")


def ted_with(old: str, new: str, which: str = "eforms") -> bytes:
    body = dict_of("ted")[0 if which == "eforms" else 1].decode()
    assert old in body, old
    return body.replace(old, new).encode()


def dict_of(source: str) -> list[bytes]:
    return [body for name, body in samples() if name == source]


def bombs() -> Iterator[tuple[str, str, bytes]]:
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{lol}]>'
    external = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    parameter = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>'
    quadratic = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY q "{"q" * 50_000}">]>'
    ted, old = dict_of("ted")[0].decode(), LEGACY
    for name, head, use in (
        ("laughs", bomb, "&l11;"),
        ("external", external, "&e;"),
        ("parameter", parameter, "x"),
        ("quadratic", quadratic, "&q;" * 4000),
    ):
        for source, whole in (("ted", ted), ("boamp", old)):
            yield f"{name} {source}", source, (head + whole.partition("?>")[2]).replace("Ville", use).encode()
    yield (
        "xinclude",
        "ted",
        ted.replace("<n:ContractNotice ", '<n:ContractNotice xmlns:xi="http://www.w3.org/2001/XInclude" ', 1)
        .replace("Ville de Valmont", '<xi:include href="file:///etc/passwd" parse="text"/>')
        .encode(),
    )
    yield "stylesheet", "ted", ted.replace("?>", '?><?xml-stylesheet href="file:///etc/passwd"?>', 1).encode()
    yield "deep xml", "ted", (b"<a>" * 100_000) + b"</a>" * 100_000
    yield "deep old xml", "boamp", b"<ANNONCE>" + b"<x>" * 100_000
    yield "wide xml", "ted", b"<a>" + b"<b/>" * 1_500_000 + b"</a>"
    yield "attributes", "ted", b"<a " + b" ".join(b'a%d="1"' % n for n in range(300_000)) + b"/>"
    yield (
        "utf-16 doctype",
        "ted",
        (external + ted.partition("?>")[2]).replace("Ville de Valmont", "&e;").encode("utf-16"),
    )
    yield "utf-7", "ted", b'<?xml version="1.0" encoding="UTF-7"?>+ADw-a/+AD4-'
    yield "latin-1 lie", "ted", ted.replace("UTF-8", "ISO-2022-JP").encode()
    yield "nul in xml", "ted", ted.replace("Ville de Valmont", "Ville\x00").encode()
    yield "deep json", "boamp", b'{"idweb":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    yield (
        "deep donnees",
        "boamp",
        json.dumps(
            {"idweb": KEY, "dateparution": "2026-11-20", "donnees": '{"MAPA":' + '{"a":' * 50_000 + "1" + "}" * 50_001}
        ).encode(),
    )
    yield "huge json", "boamp", b'{"idweb":"{KEY}","x":[' + b"0," * 8_000_000 + b"0]}"
    yield "many keys", "boamp", b'{"idweb":"{KEY}",' + b",".join(b'"k%d":1' % n for n in range(400_000)) + b"}"
    yield "invalid utf-8", "boamp", mapa().replace(b"Entretien", b"\xff\xfe\xc3\x28\xed\xa0\x80")
    yield "lone surrogates", "boamp", mapa(objet="x").replace(b'"x"', b'"\\ud800 \\udfff"')
    yield (
        "surrogates in donnees",
        "boamp",
        mapa().replace(b"Entretien", b"\\\\ud800 Le march\xc3\xa9 est r\xc3\xa9serv\xc3\xa9 aux ESAT"),
    )
    yield "twice the key", "boamp", b'{"idweb":"26-9","idweb":"{KEY}","donnees":"{}","donnees":"[]"}'
    yield (
        "scalars",
        "boamp",
        b'{"idweb":"{KEY}","dateparution":5,"donnees":7,"gestion":[],"objet":{},"nomacheteur":[1],"code_departement":"x"}',
    )
    yield "lists", "boamp", b'{"idweb":["{KEY}"],"dateparution":[],"donnees":"[]"}'
    yield "nan json", "boamp", mapa().replace(b'"MAPA"', b"NaN", 1)
    yield "approch lists", "approch", b'{"code":[],"libelle":{},"statut":1,"description":[[]]}'
    yield "approch huge code", "approch", dict_of("approch")[0].replace(b"70101", b"9" * 5000)
    yield "approch float code", "approch", dict_of("approch")[0].replace(b"70101", b"1e308")


def texts() -> Iterator[tuple[str, str, bytes]]:
    for form, body in zip(("eforms", "fns", "mapa"), dict_of("boamp"), strict=False):
        for name, text in (
            ("bidi", BIDI),
            ("html", HTML),
            ("formula", "\n" + " ".join(FORMULAS)),
            ("headers", HEADERS),
            ("person", PERSON),
        ):
            yield f"{name} {form}", "boamp", everywhere(body, f"{text} {RESERVED}")
    yield "combining", "boamp", mapa({"description": {"objet": "réservé" + "\u0301" * 300_000}})
    yield (
        "zero width",
        "boamp",
        mapa({"description": {"objet": "Le marché est ré\u200bser\u00advé aux E\u2060SAT " * 2000}}),
    )
    yield "words glued", "boamp", mapa({"description": {"objet": "réservé" * 100_000}})
    yield "regex a", "boamp", mapa({"description": {"objet": "clause sociale " * 40_000}})
    yield "regex lots", "boamp", mapa({"description": {"objet": "lots " + "1, 2 et 3 à 7, " * 40_000}})
    yield (
        "regex range",
        "boamp",
        mapa({"description": {"objet": "lots 1 à 999999999999 sont réservés aux ESAT. lots 9 à 1 " * 200}}),
    )
    yield "regex hours", "boamp", mapa({"description": {"objet": "1 000 " * 60_000 + "heures d'insertion"}})
    yield (
        "regex digits",
        "boamp",
        mapa({"description": {"objet": "Clause d'insertion : " + "9" * 300_000 + " heures d'insertion"}}),
    )
    yield "regex ticks", "boamp", mapa({"description": {"objet": "☐ ☑ ☒ : " * 60_000}})
    yield "regex space", "boamp", mapa({"description": {"objet": "réservé" + " " * 500_000 + "aux ESAT"}})
    yield "regex mail", "boamp", mapa({"description": {"objet": "a." * 200_000 + "@" + "b." * 200_000}})
    yield "regex phone", "boamp", mapa({"description": {"objet": "06 " * 150_000}})
    yield "regex url", "boamp", mapa({"description": {"objet": "http://" * 70_000}})
    yield (
        "regex dates",
        "boamp",
        mapa({"description": {"objet": "la date limite est reportée au " * 15_000}}, nature="RECTIFICATIF"),
    )
    yield "regex markup", "boamp", mapa({"description": {"objet": "<" * 300_000 + "p" + ">" * 1000}})
    yield "regex entities", "boamp", mapa({"description": {"objet": "&" * 200_000 + "amp;" * 50_000}})
    yield "only newlines", "boamp", mapa({"description": {"objet": "\n" * 800_000}})
    yield "one sentence", "boamp", mapa({"description": {"objet": "insertion, " * 80_000}})
    yield "buyer name", "boamp", mapa(nomacheteur="Ville " * 3_000 + "\u202e=cmd")
    yield "long title", "boamp", mapa(objet="x" * 3_000_000)


def values() -> Iterator[tuple[str, str, bytes]]:
    eforms = dict_of("boamp")[0]
    for n, date in enumerate(DATES):
        yield f"date {n}", "boamp", mapa(dateparution=date, datelimitereponse=date, datefindiffusion=date)
    for n, date in enumerate(DATES[:8]):
        yield (
            f"date limit {n}",
            "boamp",
            mapa({"delai": {"receptionOffres": date}, "duree": {"nbMois": date}}, datelimitereponse=date),
        )
    for n, amount in enumerate(AMOUNTS):
        yield (
            f"amount {n}",
            "boamp",
            mapa(
                {
                    "caracteristiques": {"valeur": amount, "quantites": amount},
                    "duree": {"nbMois": amount},
                    "montant": amount,
                }
            ),
        )
        yield (
            f"amount ted {n}",
            "ted",
            ted_with("120000.00", amount.replace("\n", " "), "r209").replace(
                b'"MONTH">24', b'"MONTH">' + amount.encode()
            ),
        )
    for n, url in enumerate(URLS):
        yield (
            f"url {n}",
            "boamp",
            mapa(
                {"adressesComplt": {"document": {"coord": {"url": url}}}, "communication": {"urlProfilAch": url}},
                url_avis=url,
            ),
        )
    for n, code in enumerate(("../../etc", "33000000'", "<b>", "9" * 5000, "=1+1", "٣٣٠٠٠٠٠٠", "33000000-1-1", "\x00")):
        yield (
            f"cpv {n}",
            "boamp",
            mapa(
                {
                    "description": {
                        "objet": "Travaux",
                        "CPV": {"objetPrincipal": {"classPrincipale": code}},
                        "cpv": code,
                    }
                },
                descripteur_code=[code],
            ),
        )
        yield (
            f"departement {n}",
            "boamp",
            mapa(code_departement=[code, 34, None, "34"], code_departement_prestation=code),
        )
    for n, key in enumerate(
        (
            "../../../tmp/x",
            "..",
            "/etc/passwd",
            "a/b",
            "a\\b",
            "26-1\r\nX: y",
            "x" * 5000,
            "",
            "%2e%2e%2f",
            "26-1.",
            "CON",
            "26-1\u202e",
        )
    ):
        yield f"key {n}", "boamp", mapa().replace(b"{KEY}", json.dumps(key)[1:-1].encode())
    lots = [{"num": "1", "intitule": f"Lot {n}", "description": "réservé aux ESAT"} for n in range(300)]
    yield "lots twice", "boamp", mapa({"lots": {"lot": lots}})
    yield (
        "lots many",
        "boamp",
        mapa(
            {
                "lots": {
                    "lot": [
                        {"num": str(n), "intitule": f"Lot {n}", "description": "Le lot est réservé aux ESAT."}
                        for n in range(10_000)
                    ]
                }
            }
        ),
    )
    yield (
        "lots 2900",
        "boamp",
        mapa(
            {
                "lots": {
                    "lot": [
                        {"num": str(n), "intitule": f"Travaux {n}", "description": "Peinture"} for n in range(2_900)
                    ]
                }
            }
        ),
    )
    yield (
        "lots odd",
        "boamp",
        mapa(
            {
                "lots": {
                    "lot": [
                        {"num": one}
                        for one in (
                            "../1",
                            "<b>",
                            "=1",
                            "",
                            None,
                            "٣",
                            "0",
                            "-1",
                            "1e9",
                            "x" * 5000,
                            "1",
                            "01",
                            "LOT-0001",
                        )
                    ]
                }
            }
        ),
    )
    yield "itself", "boamp", mapa(annonce_lie=KEY, annonces_anterieures=[KEY, KEY])
    yield (
        "itself eforms",
        "boamp",
        json.dumps({**json.loads(eforms), "idweb": KEY, "annonce_lie": [KEY], "dateparution": "2026-11-20"}).encode(),
    )
    for here, there in (("a", "b"), ("b", "c"), ("c", "a")):
        yield (
            f"cycle {here}",
            "boamp",
            mapa(
                annonce_lie=f"26-cycle{there}", annonces_anterieures=[f"26-cycle{there}"], nature="RECTIFICATIF"
            ).replace(b"{KEY}", f"26-cycle{here}".encode()),
        )


def all_of() -> dict[str, tuple[str, bytes]]:
    """Every record but the enormous ones."""
    found: dict[str, tuple[str, bytes]] = {}
    for family in (bombs, texts, values):
        for rank, (name, source, body) in enumerate(family()):
            key = f"26-{family.__name__[0]}{rank:03d}"
            found[name] = source, body.replace(b"{KEY}", key.encode())
    return found


def enormous() -> dict[str, Callable[[], tuple[str, bytes]]]:
    """Records of 50 MB."""
    ted = dict_of("ted")[0].decode()
    return {
        "text": lambda: ("boamp", mapa({"description": {"objet": "insertion " * 5_000_000}})),
        "spaces": lambda: ("boamp", b" " * 50_000_000 + mapa()),
        "ted text": lambda: ("ted", ted.replace("Ville de Valmont", "é" * 25_000_000).encode()),
        "title": lambda: ("boamp", mapa(objet="x" * 50_000_000)),
        "approch": lambda: ("approch", dict_of("approch")[0].replace(b"Ouvert", b"x" * 50_000_000)),
        "comment": lambda: ("ted", ted.replace("?>", "?><!--" + "x" * 50_000_000 + "-->", 1).encode()),
    }
