"""What does a reader receive? The weekly letter of one edition: its sections as data, in HTML and in text.

HTML for mail clients: inlined styles, tables, 600 px, no script, nothing remote; Gmail cuts a letter at 102 kB.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import css_inline

from feeds import digest
from feeds.audience import elsewhere
from feeds.entry import clean, long_date, week_name, word
from feeds.reply import PATH, WORDS, mailto
from feeds.rows import short
from feeds.sections import Section, content, meant_for, plans, section
from scanner.edition import Edition
from scanner.mail_settings import MailSettings
from scanner.readership import Line, Reader

#: Under the size at which Gmail cuts a message.
HTML_LIMIT = 100_000
#: What is shown of each section, and of those that are cut last, until the letter is short enough.
_SHARES = (
    (1.0, 1.0), (0.8, 1.0), (0.6, 1.0), (0.45, 1.0), (0.3, 1.0), (0.2, 1.0), (0.2, 0.8), (0.2, 0.6), (0.2, 0.45),
    (0.2, 0.3), (0.1, 0.2), (0.1, 0.1), (0.0, 0.0),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter, ready to be wrapped in a message. ``subject`` is one clean line."""

    subject: str
    html: str
    text: str


def letter(
    edition: Edition,
    reader: Reader,
    *,
    more: Mapping[str, Sequence[Line]] | None = None,
    settings: MailSettings | None = None,
    logo: bool = False,
) -> Letter:
    """The letter of ``reader``. ``more`` fills the sections that name it; an absent list is told « non calculée ».

    ``logo``: the message that carries the letter holds an image whose content id is ``logo``.
    DataFileError when ``letters.yml`` is wrong or has no such edition.
    """
    wanted = [plan for plan in plans(reader.edition) if meant_for(plan, reader)]
    lines = more or {}
    settings = settings or MailSettings()
    html = ""
    for share, kept in _SHARES:
        found = [section(plan, edition, reader, lines, kept if plan.keep else share) for plan in wanted]
        html = _inlined(_render("letter.html.j2", edition, reader, settings, found, logo))
        if len(html.encode()) <= HTML_LIMIT:
            break
    return Letter(_subject(edition, reader, found), html, _render("letter.txt.j2", edition, reader, settings, found))


def _territory(edition: Edition, reader: Reader) -> str:
    if not reader.departements:
        return short(clean(edition.territory)) or "France entière"
    if len(reader.departements) > 4:
        return f"{len(reader.departements)} départements"
    return ", ".join(word("departements", code) for code in reader.departements)


def _subject(edition: Edition, reader: Reader, found: Sequence[Section]) -> str:
    broken = " (source incomplète)" if digest.gaps(edition) else ""
    week = f"semaine {int(edition.week.partition('-W')[2])}"
    return clean(short(f"Veille, {week} : {found[0].counted}{broken} — {_territory(edition, reader)}"))


def _coverage(edition: Edition, reader: Reader) -> tuple[str, ...]:
    stray = elsewhere(edition, reader)
    told = [f"{word('departements', code)} n'est pas suivi par cette veille : rien n'en est dit" for code in stray]
    return (*digest.coverage_lines(edition.coverage), *digest.unread(edition), *told)


def _render(
    template: str,
    edition: Edition,
    reader: Reader,
    settings: MailSettings,
    found: Sequence[Section],
    logo: bool = False,
) -> str:
    return digest.environment().get_template(template).render(
        title=content()["titles"][reader.edition],
        territory=_territory(edition, reader),
        period=f"Du {long_date(edition.since)} au {long_date(edition.until)} ({week_name(edition.week)})",
        reference=long_date(edition.reference),
        verdict=digest.verdict(edition, found[0].counted),
        coverage=_coverage(edition, reader),
        gaps=digest.gaps(edition)[:6],
        sections=found,
        others=[part for part in found[1:] if not part.empty],
        mission=short(clean(edition.mission)),
        contact=short(clean(edition.contact)),
        facilitator=short(clean(settings.facilitator)),
        logo=logo,
        unsubscribe=unsubscribe(settings),
        verdicts=WORDS,
        answer=mailto(settings.reply_to or settings.sender),
        form=f"{edition.base_url}{PATH}" if edition.base_url else "",
    )  # fmt: skip


def unsubscribe(settings: MailSettings) -> str:
    """Where to write in order to leave the list; empty while no sender is configured."""
    address = settings.reply_to or settings.sender
    return settings.unsubscribe or (f"mailto:{address}?subject=desabonnement" if address else "")


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)


def _inlined(page: str) -> str:
    """``page`` with its styles on each element: many mail clients drop the style sheet."""
    return _inliner().inline(page)
