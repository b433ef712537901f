"""The audit tells a flaw, a clean bill, and that it could not ask: three different things."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.audit import OFFLINE, verdict

LOCK = (Path(__file__).resolve().parents[1] / "requirements.lock").read_text(encoding="utf-8")


def answer(*dependencies: dict) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


def test_a_flaw_is_told_and_fails():
    flaw = {"id": "PYSEC-1", "fix_versions": ["2.1"], "aliases": [], "description": ""}
    status, told = verdict(answer({"name": "a", "version": "2.0", "vulns": [flaw]}), "")
    assert status == 1 and "a 2.0 : PYSEC-1, corrigé par 2.1." in told


def test_no_flaw_is_a_success():
    assert verdict(answer({"name": "a", "version": "2.0", "vulns": []}), "") == (
        0,
        ["1 dépendances, 0 failles connues."],
    )


def test_no_answer_is_said_and_is_not_a_clean_bill():
    for written in ("", "{}", "pas du JSON", answer({"name": "a", "skip_reason": "not found"})):
        status, told = verdict(written, "Traceback\nConnectionError: injoignable\n")
        assert status == 0 and told[0].startswith(OFFLINE)


def test_every_locked_dependency_has_its_hashes_and_no_host_is_named():
    blocks = re.split(r"\n(?=[a-z])", LOCK.split("\n# ")[0].strip())
    assert len(blocks) > 100
    assert all("==" in block and "--hash=sha256:" in block for block in blocks)
    assert not re.search(r"https?://|file:/|--index|--find", LOCK)
