"""How does a page become bytes? Templates with autoescape, one style, a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from feeds.entry import clean, count, figure, headline, long_date, safe_link, week_name, word
from feeds.reply import mailto
from feeds.site import slugs
from feeds.site.words import cut, limit
from scanner.edition import Edition

_FOLDER = Path(__file__).parent / "templates"
#: The pages that stand at the root of ``public/``; the others are one folder below.
_AT_ROOT = frozenset({"recherche.html.j2"})


def page(template: str, edition: Edition, script: bool = False, **known: Any) -> bytes:
    """One page of the site. ``script``: the search script is part of it, and the policy admits that script alone."""
    made = environment().get_template(template).render(
        edition=edition,
        root="" if template in _AT_ROOT else "../",
        territory=cut(clean(edition.territory) or "France entière", limit("title")),
        here=template.partition(".")[0],
        style=Markup(text("site.css")),
        script=Markup(text("recherche.js")) if script else "",
        policy=policy(text("site.css"), text("recherche.js") if script else ""),
        **known,
    )  # fmt: skip
    return made.encode("utf-8", "replace")


def policy(style: str, script: str = "") -> str:
    """A Content-Security-Policy that admits this style and this script, inside the page, and nothing from elsewhere."""
    rules = ["default-src 'none'", f"style-src {_digest(style)}", "img-src 'self' data:", "base-uri 'none'"]
    rules += [f"script-src {_digest(script)}", "connect-src 'self'"] if script else []
    return "; ".join([*rules, "form-action 'self'"])


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def text(name: str) -> str:
    """A style or a script, as it is written inside the pages."""
    return (_FOLDER / name).read_text(encoding="utf-8")


@cache
def environment() -> Environment:
    """The templates: autoescape on, an unknown name is an error, a text from a notice is never endless."""
    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_bounded,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update(
        long_date=long_date,
        figure=figure,
        clean=clean,
        week_name=week_name,
        short=_short,
        whole=escape,
        capital=_capital,
    )
    made.globals.update(word=word, count=count, mailto=mailto, safe_link=safe_link, slugs=slugs)
    return made


def _bounded(value: Any) -> Any:
    return cut(value, limit("text")) if isinstance(value, str) and not isinstance(value, Markup) else value


def _short(text: str) -> str:
    return cut(headline(text), limit("title"))


def _capital(text: str) -> str:
    """``text`` with a capital letter."""
    return text[:1].upper() + text[1:]
