"""A dozen of the soak's runs: killed -9 at any instant, under faults, a week ends as if nothing had happened."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests import soak
from tests.soak import Week

SEED = "2026-W47"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Week]:
    with soak.served(tmp_path_factory.mktemp("soak"), without=("ted",)) as week:
        yield week


def test_a_run_killed_at_any_of_its_effects_then_run_again_is_as_if_never_killed(told: Week, tmp_path: Path) -> None:
    assert len(told.files) > 50 and len(told.dump) > 100
    assert soak.instants(told, tmp_path, Random(SEED), most=8) == {}


def test_runs_under_faults_and_kills_then_a_clean_one_give_the_clean_week(told: Week, tmp_path: Path) -> None:
    assert soak.soak(told, tmp_path, [f"{SEED}:{rank}" for rank in range(3)]) == {}


def test_a_collect_ends_with_the_run_that_was_killed(told: Week, tmp_path: Path) -> None:
    config = told.settings(tmp_path, **soak.PATIENT | {"delay": 0.3})
    told.proxy.follow()
    process = soak.context.Process(target=soak.play, args=(config,))
    process.start()
    deadline = time.monotonic() + 30
    while sum(told.proxy.asked.values()) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.kill()
    process.join()
    time.sleep(0.6)
    asked = sum(told.proxy.asked.values())
    time.sleep(0.9)
    assert 3 <= asked == sum(told.proxy.asked.values()) < 14
