"""Do the pages work in a real browser? Axe, keyboard, filters, narrow screen, and nothing that runs or leaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

AXE = {"resultTypes": ["violations"], "runOnly": [
    "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice",
]}  # fmt: skip
PAGES = (
    "index.html", "semaines/2026-W47.html", "recherche.html", "departements/index.html", "departements/13.html",
    "departements/lieu-inconnu.html", "acheteurs/index.html", "acheteur", "consultation",
)  # fmt: skip


def path_of(site: Any, name: str) -> str:
    """A page by name; for ``consultation`` and ``acheteur`` the richest one."""
    if name.endswith(".html"):
        return name
    pages = sorted(
        (site.folder / f"{name}s").glob("*.html"), key=lambda path: path.read_text(encoding="utf-8").count("<mark")
    )
    return f"{name}s/{[path.name for path in pages if path.name != 'index.html'][-1]}"


@contextmanager
def opened(browser: Any, address: str, **known: Any) -> Iterator[Any]:
    """A page, and a failure when it logs an error, asks another host, or shows a dialogue."""
    context = browser.new_context(**known)
    page, wrong = context.new_page(), []
    page.on("console", lambda told: wrong.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("dialog", lambda dialog: (wrong.append(dialog.message), dialog.dismiss()))
    host = urlsplit(address).netloc
    page.on("request", lambda sent: wrong.append(sent.url) if urlsplit(sent.url).netloc not in ("", host) else None)
    page.goto(address)
    yield page
    assert wrong == []
    context.close()


def axe(page: Any) -> list[tuple[str, str]]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=AXE).response["violations"]
    return [(one["id"], node["html"][:200]) for one in found for node in one["nodes"][:3]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(browser: Any, sample: Any, name: str, scheme: str) -> None:
    address = f"{sample.address}/{path_of(sample, name)}"
    with opened(browser, address, bypass_csp=True, color_scheme=scheme) as page:
        assert axe(page) == []


@pytest.mark.parametrize("name", ["semaines/2026-W47.html", "consultations/boamp-26-1.html"])
def test_axe_finds_nothing_on_hostile_pages_with_a_trend(browser: Any, hostile: Any, name: str) -> None:
    with opened(browser, f"{hostile.address}/{name}", bypass_csp=True, color_scheme="dark") as page:
        assert axe(page) == []
    with opened(browser, f"{hostile.address}/{name}", viewport={"width": 320, "height": 640}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_axe_sees_a_fault(browser: Any, sample: Any) -> None:
    """The check that checks: without its label a field is a violation."""
    with opened(browser, f"{sample.address}/recherche.html", bypass_csp=True) as page:
        page.evaluate("document.querySelectorAll('label').forEach(one => one.remove())")
        assert "label" in {rule for rule, _ in axe(page)} or "select-name" in {rule for rule, _ in axe(page)}


@pytest.mark.parametrize("name", PAGES)
def test_nothing_overflows_a_narrow_screen(browser: Any, sample: Any, name: str) -> None:
    view = {"width": 320, "height": 640}
    with opened(browser, f"{sample.address}/{path_of(sample, name)}", viewport=view) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_style_is_admitted_by_the_policy(browser: Any, sample: Any) -> None:
    with opened(browser, f"{sample.address}/semaines/2026-W47.html") as page:
        assert page.evaluate("getComputedStyle(document.querySelector('.cards')).display") == "grid"


def focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.textContent.trim()"))


def tab_to(page: Any, words: str, most: int = 60) -> None:
    for _ in range(most):
        page.keyboard.press("Tab")
        if focused(page) == words:
            return
    raise AssertionError(f"« {words} » n'est pas atteint au clavier")


def test_the_first_key_leads_to_the_content(browser: Any, sample: Any) -> None:
    with opened(browser, f"{sample.address}/semaines/2026-W47.html") as page:
        page.keyboard.press("Tab")
        assert focused(page) == "Aller au contenu"
        assert page.evaluate("document.activeElement.getBoundingClientRect().left") >= 0
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "contenu"
        page.keyboard.press("Tab")
        assert focused(page) == "Le bulletin à transmettre"


def test_the_focus_is_seen(browser: Any, sample: Any) -> None:
    with opened(browser, f"{sample.address}/recherche.html") as page:
        for _ in range(15):
            page.keyboard.press("Tab")
            assert page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 2


def test_from_the_first_page_to_the_proof_by_keyboard(browser: Any, sample: Any) -> None:
    """A Monday morning without a mouse: first page, week, a reserved contract, its sentence in the notice."""
    with opened(browser, f"{sample.address}/index.html") as page:
        tab_to(page, "La semaine en détail et en chiffres")
        page.keyboard.press("Enter")
        page.wait_for_url("**/semaines/2026-W47.html")
        title = page.locator(".cards h3 a").first.text_content().strip()
        tab_to(page, title)
        page.keyboard.press("Enter")
        page.wait_for_url("**/consultations/**")
        assert page.locator("h1").text_content() == title
        tab_to(page, "preuve 1 dans le texte")
        page.keyboard.press("Enter")
        assert page.evaluate("location.hash") == "#preuve-1"
        quote = page.locator("blockquote").first.text_content().strip().strip("«» \u00a0")
        assert quote in " ".join(page.locator("#preuve-1").text_content().split())
        assert page.evaluate("document.querySelector('#preuve-1').getBoundingClientRect().top < innerHeight")


def rows(page: Any) -> int:
    return int(page.locator("#consultations tbody tr:visible").count())


def test_filters_are_in_the_address_and_come_back(browser: Any, sample: Any) -> None:
    with opened(browser, f"{sample.address}/recherche.html") as page:
        everything = rows(page)
        page.select_option("#type", "reserve")
        reserved = rows(page)
        assert 0 < reserved < everything
        assert page.locator("#compte").text_content() == f"{reserved} consultations sur {everything}."
        page.select_option("#lieu", "69")
        page.fill("#mots", "ENTREPRISES adaptees")
        kept = rows(page)
        assert 0 < kept < reserved
        query = parse_qs(urlsplit(page.url).query)
        assert query == {"type": ["reserve"], "lieu": ["69"], "mots": ["ENTREPRISES adaptees"]}
        page.reload()
        assert (rows(page), page.input_value("#lieu"), page.input_value("#mots")) == (
            kept,
            "69",
            "ENTREPRISES adaptees",
        )
        page.click("button[type=reset]")
        page.wait_for_url(lambda address: "?" not in address)
        assert rows(page) == everything


def test_each_filter_keeps_what_it_says(browser: Any, sample: Any) -> None:
    with opened(browser, f"{sample.address}/recherche.html?limite=14") as page:
        days = page.locator("#consultations tbody tr:visible").evaluate_all("all => all.map(one => one.dataset.jours)")
        assert days and all(0 <= int(one) <= 14 for one in days)
        page.select_option("#limite", "inconnue")
        days = page.locator("#consultations tbody tr:visible").evaluate_all("all => all.map(one => one.dataset.jours)")
        assert days and set(days) == {""}
        page.select_option("#limite", "")
        page.select_option("#metier", index=1)
        trade = page.input_value("#metier")
        kept = page.locator("#consultations tbody tr:visible td:nth-child(3)").all_text_contents()
        assert kept and all(trade in one for one in kept)


def test_an_unknown_choice_in_the_address_hides_nothing(browser: Any, sample: Any) -> None:
    with opened(browser, f"{sample.address}/recherche.html?lieu=%22%3E%3Cscript%3E&type=x") as page:
        assert rows(page) == page.locator("#consultations tbody tr").count() > 0


def test_filters_work_on_a_file_too(browser: Any, sample: Any) -> None:
    with opened(browser, (sample.folder / "recherche.html").as_uri()) as page:
        page.select_option("#type", "reserve")
        assert rows(page) > 0 and page.url.endswith("?type=reserve")


def test_without_script_the_list_is_whole_and_no_control_is_dead(browser: Any, sample: Any) -> None:
    with opened(browser, f"{sample.address}/recherche.html", java_script_enabled=False) as page:
        assert page.locator("#consultations tbody tr:visible").count() > 100
        assert not page.locator("form").is_visible() and page.locator("noscript").is_visible()


@pytest.mark.parametrize(
    "name",
    ["index.html", "semaines/2026-W47.html", "recherche.html", "acheteurs/index.html", "consultation", "acheteur"],
)
def test_a_hostile_notice_runs_nothing(browser: Any, hostile: Any, name: str) -> None:
    with opened(browser, f"{hostile.address}/{path_of(hostile, name)}") as page:
        page.wait_for_load_state("networkidle")
        assert page.locator("img, iframe, main script").count() == 0
        assert "onerror" in page.content() or name == "index.html"


def test_what_the_page_does_not_hold_comes_from_the_index(browser: Any, hostile: Any) -> None:
    with opened(browser, f"{hostile.address}/recherche.html") as page:
        page.locator("#consultations tbody tr").nth(310).wait_for(state="attached")
        assert page.locator("#compte").text_content() == "311 consultations sur 311."
        page.fill("#mots", "Consultation 1309")
        assert rows(page) == 1
        link = page.locator("#consultations tbody tr:visible th a")
        assert (
            link.get_attribute("href") == "consultations/boamp-26-1309.html" and page.locator("main img").count() == 0
        )


def test_a_printed_page_has_no_navigation(browser: Any, sample: Any) -> None:
    with opened(browser, f"{sample.address}/{path_of(sample, 'consultation')}") as page:
        assert page.locator("nav").first.is_visible()
        page.emulate_media(media="print")
        assert not page.locator("nav").first.is_visible() and page.locator("mark").first.is_visible()
