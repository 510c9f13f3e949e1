"""Seals of epochs: what they cover, in which order they are chained, and which epochs are in the chain."""

from dataclasses import replace

import pytest

from gatemeter.verification.seal_chain import (
    ChainHeads,
    EpochHashes,
    SealedEpoch,
    chained,
    is_finished,
    resealed_costs,
    sealed_partition,
)


def epoch(number: int, *, usage: str = "u", costs: str = "c", finished: bool = True, end: int = 10) -> EpochHashes:
    first = number * 10
    return EpochHashes(0, first, first + end, "t", usage, costs, 3, "e", 0, "", is_finished=finished)


EPOCHS = [epoch(0), epoch(1), epoch(2, finished=False, end=4)]


def heads_of(sealed: list[SealedEpoch]) -> ChainHeads:
    return [each for each in sealed if not each.is_open][-1].heads


def test_finished_epochs_are_numbered_and_the_open_one_is_not() -> None:
    assert [(each.epoch.first_offset, each.number) for each in sealed_partition([], EPOCHS)] == [
        (0, 1),
        (10, 2),
        (20, 0),
    ]


def test_sealing_step_by_step_gives_the_same_seals() -> None:
    at_once = sealed_partition([], EPOCHS)
    first = sealed_partition([], EPOCHS[:1])
    assert [*first, *sealed_partition(first, EPOCHS)] == at_once
    assert sealed_partition(at_once, EPOCHS) == []


def test_an_open_epoch_that_has_grown_is_sealed_again() -> None:
    sealed = sealed_partition([], EPOCHS)
    grown = [*EPOCHS[:2], epoch(2, finished=False, end=7)]
    [again] = sealed_partition(sealed, grown)
    assert (again.epoch.next_offset, again.is_open) == (27, True)
    [finished] = sealed_partition(sealed, [*EPOCHS[:2], epoch(2)])
    assert (finished.number, finished.heads) == (3, chained(heads_of(sealed), epoch(2)))


@pytest.mark.parametrize("change", [{"usage": "x"}, {"next_offset": 11}, {"first_offset": 1}, {"partition": 1}])
def test_a_seal_covers_rows_and_location_of_all_before(change: dict[str, object]) -> None:
    changed = [replace(EPOCHS[0], **change), EPOCHS[1]]  # type: ignore[arg-type]
    assert heads_of(sealed_partition([], changed)).usage != heads_of(sealed_partition([], EPOCHS)).usage


def test_costs_and_records_have_chains_of_their_own() -> None:
    plain = heads_of(sealed_partition([], EPOCHS))
    for change, changed in ({"costs": "x"}, "costs"), ({"events": 2}, "records"), ({"dead_letters": 1}, "records"):
        other = heads_of(sealed_partition([], [replace(EPOCHS[0], **change), *EPOCHS[1:]]))
        differing = {name for name in ("usage", "costs", "records") if getattr(other, name) != getattr(plain, name)}
        assert differing == {changed}


def test_sealing_does_not_touch_a_seal_that_stands() -> None:
    sealed = sealed_partition([], EPOCHS)
    assert sealed_partition(sealed, [epoch(0, usage="forged"), *EPOCHS[1:]]) == []


def test_costs_computed_again_are_sealed_anew_and_nothing_else() -> None:
    sealed = sealed_partition([], EPOCHS)
    repriced = [EPOCHS[0], epoch(1, usage="forged", costs="new"), EPOCHS[2]]
    [again] = resealed_costs(sealed, repriced)
    assert (again.epoch.usage, again.epoch.costs, again.number) == ("u", "new", 2)
    assert again.heads.usage == heads_of(sealed).usage
    assert again.heads.costs != heads_of(sealed).costs
    assert resealed_costs(sealed, EPOCHS) == []


def test_an_unfinished_last_line_is_not_sealed() -> None:
    assert sealed_partition([], [replace(EPOCHS[0], has_open_line=True)]) == []


@pytest.mark.parametrize(
    ("kind", "next_offset", "is_last", "finished"),
    [
        ("kafka", 20, True, True),
        ("kafka", 19, True, False),
        ("kafka", 19, False, True),
        ("file", 15, True, False),
        ("replay", 11, True, True),
        ("correction", 11, True, True),
    ],
)
def test_an_epoch_is_finished_at_its_end_or_before_another(
    kind: str, next_offset: int, *, is_last: bool, finished: bool
) -> None:
    assert is_finished(kind, 12, next_offset, 10, is_last=is_last) is finished
