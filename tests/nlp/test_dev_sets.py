"""Does the reading hold on the labelled sets, when they are beside the project?"""

from pathlib import Path

import pytest

from nlp.evaluate import DEVICE, RESERVATION, evaluate_notices, evaluate_passages

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared absent : mesures non refaites")


@needs_shared
def test_passages():
    result = evaluate_passages(SHARED / "domain" / "wordings_dev.tsv")
    assert result.f1(DEVICE) >= 0.97 and result.precision(RESERVATION) >= 0.98 and result.recall(RESERVATION) >= 0.97
    assert result.precision("clause_insertion") >= 0.97 and result.recall("clause_insertion") >= 0.95


@needs_shared
def test_notices():
    result = evaluate_notices(SHARED / "real" / "gold" / "notices_dev.jsonl.gz")
    assert result.f1(DEVICE) >= 0.96 and result.f1("clause_insertion") >= 0.96
    assert result.lots.value >= 0.95
