"""One record of a format, as bytes from the fuzzer: a notice or a rejection, never an exception. ``make fuzz``.

python tests/fuzz/record.py boamp_json corpus/ -max_total_time=180
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(name: str, entry: Callable[[bytes], None], seeds: tuple[bytes, ...]) -> None:
    """Fuzzes ``entry`` from ``seeds`` with the options of the command line; ends with the first exception."""
    import atheris

    corpus = Path(tempfile.mkdtemp(prefix=f"fuzz-{name}-"))
    for rank, seed in enumerate(seeds):
        (corpus / f"seed-{rank}").write_bytes(seed)
    options = ["-max_len=20000", "-timeout=20", "-rss_limit_mb=2048", *sys.argv[1:], str(corpus)]
    atheris.Setup([sys.argv[0], *options], entry)
    atheris.Fuzz()


def instrumented() -> None:
    """Imports what is fuzzed under instrumentation; must come before any other import of the project."""
    import atheris

    sys.path.insert(0, str(ROOT))
    with atheris.instrument_imports(include=["spiders", "scanner", "nlp.text"]):
        import spiders.formats  # noqa: F401
