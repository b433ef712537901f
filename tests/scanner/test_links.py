"""An address is followed only on the public network; everything else is text that says so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.links import followed, refused, same_host, told

PUBLIC = (
    "https://www.boamp.fr/pages/avis/?q=idweb:26-1",
    "http://8.8.8.8/x",
    "https://[2a00:1450:4007::1]:8443/",
    "https://été.example.org/é?a={1|2}",
    "HTTPS://Marches.Example.ORG/",
)
REFUSED = (
    "javascript:alert(1)",
    "JaVa\tScRiPt:alert(1)",
    "\x01javascript:alert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "file:///etc/passwd",
    "vbscript:x",
    "https://user:secret@example.org/",
    "http://example.org@127.0.0.1/",
    "http://localhost/",
    "http://LOCALHOST.:8080/",
    "http://serveur/",
    "http://nas.local/",
    "http://wiki.intranet/",
    "http://127.0.0.1/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://10.1.2.3/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/",
    "http://0.0.0.0/",
    "http://255.255.255.255/",
    "http://224.0.0.1/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[64:ff9b::a00:1]/",
    "http://[fe80::1]/",
    "http://[fc00::1]/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://127.0.0.1.nip.io/",
    "http://%31%32%37.0.0.1/",
    "http://example.org:99999/",
    "http://exa mple.org/",
    "http://example.org\\@127.0.0.1/",
    "http://example.org/\u202efdp.exe",
    "http:///etc/passwd",
    "https://example.org/" + "a" * 5000,
)


@pytest.mark.parametrize("url", PUBLIC)
def test_a_public_address_is_followed_as_it_is(url):
    assert followed(url) == told(url) == url


@pytest.mark.parametrize("url", REFUSED)
def test_any_other_is_text_that_says_so(url):
    shown = told(url)
    assert followed(url) == "" and followed(shown) == ""
    assert refused(shown) and shown.startswith("adresse non suivie : ")
    assert told(shown) == shown and len(shown) < 300 and shown.isprintable()


@pytest.mark.parametrize("text", ["", "voir le profil", "mailto:jean.dupont@ville.fr", "//example.org/x", "a:b"])
def test_what_is_no_address_is_silent(text):
    assert told(text) == ""


def test_credentials_are_never_shown():
    assert "secret" not in told("https://user:secret@example.org/") and "***@example.org" in told(
        "https://user:secret@example.org/"
    )


def test_the_configured_source_stays_at_home_on_loopback():
    home = "http://127.0.0.1:8765/api/"
    assert same_host("http://127.0.0.1:8765/robots.txt", home)
    for other in ("http://127.0.0.1:22/", "file://127.0.0.1:8765/x", "http://a@127.0.0.1:8765/", "http://[::1]:8765/"):
        assert not same_host(other, home)


@given(st.text(max_size=80), st.sampled_from(["http://", "https://", "//", "javascript:", ""]))
def test_no_text_makes_an_odd_link(text, start):
    url = followed(start + text)
    assert url in ("", start + text)
    assert not url or (url.lower().startswith(("http://", "https://")) and "@" not in url.split("/")[2])
    assert not followed(told(start + text)) or told(start + text) == start + text


@given(st.integers(0, 2**32 - 1))
def test_a_number_alone_is_never_a_host(number):
    assert not followed(f"http://{number}/") and not followed(f"http://{number:#x}/")
