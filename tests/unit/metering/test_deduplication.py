"""Which events of a chunk have been seen before."""

from gatemeter.metering.deduplication import DuplicateFilter


def test_all_new_events_are_reported_as_such_without_a_list() -> None:
    assert DuplicateFilter(set()).remember(["a", "b"]) is None


def test_no_events_are_all_new() -> None:
    assert DuplicateFilter(set()).remember([]) is None


def test_the_first_of_equal_events_in_a_chunk_is_the_new_one() -> None:
    assert DuplicateFilter(set()).remember(["a", "b", "a", "a", "c"]) == [0, 1, 4]


def test_events_of_earlier_chunks_are_seen() -> None:
    seen = DuplicateFilter(set())
    seen.remember(["a", "b"])
    assert seen.remember(["b", "c"]) == [1]
    assert seen.remember(["c", "a", "b"]) == []


def test_events_of_the_epoch_before_are_remembered_here_too() -> None:
    before = DuplicateFilter(set())
    before.remember(["a"])
    here = DuplicateFilter(before.current)
    assert here.remember(["a", "b"]) == [1]
    after = DuplicateFilter(here.current)
    assert after.remember(["a"]) == []


def test_the_epoch_before_is_left_as_it_was() -> None:
    before = DuplicateFilter(set())
    before.remember(["a"])
    ids = set(before.current)
    DuplicateFilter(before.current).remember(["b", "a"])
    assert before.current == ids


def test_a_lone_surrogate_in_an_identity_is_hashed_like_any_text() -> None:
    assert DuplicateFilter(set()).remember(["\ud800", "\ud800"]) == [0]
