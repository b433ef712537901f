from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.link import keys, link
from scanner.notice import Notice
from scanner.store import Store


def notice(number: int, earlier: tuple[int, ...] = (), folder: str = "") -> Notice:
    published = date(2026, 11, 1) + timedelta(days=number)
    ids = tuple(f"boamp:26-{other}" for other in earlier)
    return Notice(
        f"boamp:26-{number}", "boamp", f"26-{number}", "call", published, "Travaux", earlier=ids, folder_id=folder
    )


def grouped(batches: list[list[Notice]]) -> set[frozenset[str]]:
    aliases: dict[str, str] = {}
    for batch in batches:
        tender_of, new = link(batch, aliases)
        aliases |= new
        assert tender_of == {one.id: aliases[one.id] for one in batch}
    groups: dict[str, set[str]] = {}
    for one in (one for batch in batches for one in batch):
        groups.setdefault(aliases[one.id], set()).add(one.id)
    return {frozenset(group) for group in groups.values()}


def test_a_notice_alone_is_its_own_tender() -> None:
    tender_of, aliases = link([notice(1)], {})
    assert tender_of == {"boamp:26-1": "boamp:26-1"} == aliases


def test_call_rectification_and_award_are_one_tender_named_after_the_call() -> None:
    tender_of, _ = link([notice(9, (4,)), notice(4, (1,)), notice(1)], {})
    assert set(tender_of.values()) == {"boamp:26-1"}


def test_the_same_folder_is_the_same_tender() -> None:
    tender_of, _ = link([notice(2, folder="f1"), notice(1, folder="f1"), notice(3, folder="f2")], {})
    assert tender_of["boamp:26-2"] == tender_of["boamp:26-1"] != tender_of["boamp:26-3"]


def test_an_award_seen_first_waits_for_its_call_and_keeps_its_name() -> None:
    _, aliases = link([notice(7, (3,))], {})
    tender_of, later = link([notice(3)], aliases)
    assert tender_of == {"boamp:26-3": "boamp:26-7"}
    assert later == {}


def test_when_two_tenders_meet_the_oldest_stays_and_every_key_follows() -> None:
    _, aliases = link([notice(9, folder="f9"), notice(10)], {})
    _, new = link([notice(12, (10,), folder="f9")], aliases)
    assert set((aliases | new).values()) == {"boamp:26-9"}


def test_nothing_new_gives_no_alias() -> None:
    _, aliases = link([notice(1), notice(2, (1,))], {})
    assert link([notice(1), notice(2, (1,))], aliases)[1] == {}


def test_a_relaunch_that_names_nothing_is_another_tender() -> None:
    assert len(set(link([notice(1), notice(2)], {})[0].values())) == 2


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_order_and_splitting_gives_the_same_tenders(data: st.DataObject) -> None:
    numbers = st.integers(1, 12)
    notices = [
        notice(number, tuple(data.draw(st.sets(numbers, max_size=2))), data.draw(st.sampled_from(["", "", "a", "b"])))
        for number in range(1, data.draw(st.integers(2, 9)))
    ]
    shuffled = data.draw(st.permutations(notices))
    cut = data.draw(st.integers(0, len(shuffled)))
    second = data.draw(st.integers(cut, len(shuffled)))
    assert grouped([shuffled[:cut], shuffled[cut:second], shuffled[second:]]) == grouped([notices])


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_the_keys_of_a_batch_are_enough_for_the_store_to_follow_merges(data: st.DataObject) -> None:
    numbers = st.integers(1, 12)
    notices = [
        notice(number, tuple(data.draw(st.sets(numbers, max_size=2))), data.draw(st.sampled_from(["", "", "a", "b"])))
        for number in range(1, data.draw(st.integers(2, 9)))
    ]
    shuffled = data.draw(st.permutations(notices))
    with Store.open(":memory:") as store:
        for one in shuffled:
            batch = [one]
            store.save_aliases(link(batch, store.aliases(keys(batch)))[1])
        aliases = store.aliases()
    groups: dict[str, set[str]] = {}
    for one in notices:
        groups.setdefault(aliases[one.id], set()).add(one.id)
    assert {frozenset(group) for group in groups.values()} == grouped([notices])
