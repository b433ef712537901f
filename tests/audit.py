"""Which dependencies have a known flaw? pip-audit on the lock file, in a throw-away environment; ``make audit``.

Exit status: 1 on a finding; 0 when there is none, or when no advisory source answers, which is said.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

OFFLINE = "Dépendances : non vérifiable hors ligne"
#: Longest wait for the advisories, in seconds.
PATIENCE = 600


def verdict(answer: str, error: str) -> tuple[int, list[str]]:
    """The exit status and what is told, from the JSON that pip-audit wrote (empty: it could not) and its errors."""
    try:
        dependencies = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        lines = [line.strip() for line in error.splitlines() if line.strip()]
        return 0, [f"{OFFLINE} ({lines[-1][:200] if lines else 'aucune réponse'})."]
    skipped = [one["name"] for one in dependencies if one.get("skip_reason")]
    flaws = [(one["name"], one["version"], flaw) for one in dependencies for flaw in one.get("vulns", ())]
    told = [
        f"{name} {version} : {flaw['id']}, corrigé par {', '.join(flaw.get('fix_versions') or ['aucune version'])}."
        for name, version, flaw in flaws
    ]
    if skipped and not flaws and len(skipped) == len(dependencies):
        return 0, [f"{OFFLINE} (aucune dépendance connue de la source d'avis)."]
    told += [f"Non vérifiées : {', '.join(skipped)}."] if skipped else []
    return int(bool(flaws)), [*told, f"{len(dependencies)} dépendances, {len(flaws)} failles connues."]


def main(lock: Path) -> int:
    """Runs pip-audit on ``lock`` and tells its verdict."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python, report = Path(folder) / "bin" / "python", Path(folder) / "report.json"
        options = ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "-f", "json", "-o", str(report)]
        steps = (
            ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "pip-audit"],
            ["-m", "pip_audit", "-r", str(lock), *options],
        )
        error = ""
        for step in steps:
            try:
                done = subprocess.run([str(python), *step], capture_output=True, text=True, timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                error = f"aucune réponse en {PATIENCE} s"
                break
            error = done.stderr
            if done.returncode and step is steps[0]:
                break
        status, lines = verdict(report.read_text(encoding="utf-8") if report.exists() else "", error)
    print("\n".join(lines))
    return status


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
