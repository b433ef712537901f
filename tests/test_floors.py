"""Does the house stand? Each floor imports only what is below it, each library has one owner."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
VOCABULARY = {
    f"scanner.{name}"
    for name in (
        "notice",
        "appraisal",
        "ess",
        "approach",
        "finding",
        "edition",
        "pages",
        "readership",
        "mail_settings",
        "passage",
        "change",
        "history",
        "issues",
        "datafile",
        "config",
        "source",
        "sheet",
        "answer",
        "feedback",
        "year",
        "display",
        "links",
        "limits",
        "privacy",
        "spare",
    )
}
STEPS = (
    "scanner.normalise",
    "scanner.link",
    "scanner.territory",
    "scanner.buyers",
    "scanner.opportunity",
    "scanner.expect",
    "scanner.followup",
    "scanner.observatory",
    "spiders",
    "nlp",
    "feeds",
)
STORAGE = {"scanner.store", "scanner.migrations", "scanner.intake", "scanner.settings", "scanner.shelves"}
OWNERS = {
    "scrapy": ("spiders", "scanner.intake", "scanner.run", "scanner.collect"),
    "spacy": ("nlp",),
    "feedgen": ("feeds.rss",),
    "sqlite_utils": ("scanner.store", "scanner.migrations"),
    "schedule": ("scanner.weekly.loop",),
    "duckdb": ("spiders.decp",),
    "xlsxwriter": ("feeds.tables",),
    "icalendar": ("feeds.calendar", "feeds.deadlines"),
    "css_inline": ("feeds.letter",),
    "datasette": ("scanner.commands.serve",),
    "uvicorn": ("scanner.commands.serve",),
    "rapidfuzz": ("scanner.buyers", "scanner.link"),
}
MODULES = sorted(path for package in ("scanner", "spiders", "nlp", "feeds") for path in (ROOT / package).rglob("*.py"))


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} : import relatif"
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def inside(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def step_of(name: str) -> str | None:
    return next((step for step in STEPS if inside(name, step)), None)


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_a_module_imports_only_its_floor_and_below(path: Path) -> None:
    name, used = module_name(path), imports(path)
    ours = {used_name for used_name in used if used_name.split(".")[0] in ("scanner", "spiders", "nlp", "feeds")}
    if name in VOCABULARY:
        allowed = VOCABULARY
    elif (step := step_of(name)) is not None:
        allowed = VOCABULARY | {step}
    elif any(inside(name, room) for room in STORAGE):
        allowed = VOCABULARY | STORAGE
    else:
        return
    stray = {use for use in ours if use != "scanner" and not any(inside(use, room) for room in allowed)}
    assert not stray, f"{name} n'a pas à importer {sorted(stray)}"


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_each_library_has_one_owner(path: Path) -> None:
    name = module_name(path)
    for library, owners in OWNERS.items():
        if any(inside(use, library) for use in imports(path)):
            assert any(inside(name, owner) for owner in owners) and "formats" not in name, f"{name} importe {library}"
