"""Where counting begins, for every combination of commit, log start and stored epochs. Epochs have 100 offsets."""

from collections.abc import Sequence
from dataclasses import astuple

import pytest

from gatemeter.errors import ConflictError, EpochSizeChangedError
from gatemeter.metering.commit import Commit
from gatemeter.metering.counting_start import CountingStart, StartReason
from gatemeter.metering.counts import EventCounts
from gatemeter.metering.sink import StoredEpoch
from gatemeter.metering.start_position import StartDecision, StartPosition, StoredSegment, decide_start
from gatemeter.wire.topics import EPOCH_SIZE_BY_KIND, TopicKind
from tests.support.logs import kafka_log

LOG = kafka_log(100)
NOTHING_LOST = range(0)
RULESET, OLDER = "2", ""


def stored(*ranges: tuple[int, int], epoch_size: int = 100, ruleset: str = RULESET) -> list[StoredEpoch]:
    return [StoredEpoch(3, first, version, epoch_size, "", -1, ruleset, EventCounts()) for first, version in ranges]


def decide(
    committed: int | Commit | None,
    log_start: int,
    epochs: Sequence[StoredEpoch],
    recorded: CountingStart | None = None,
) -> StartDecision:
    commit = Commit(committed) if isinstance(committed, int) else committed
    return decide_start(LOG, 3, RULESET, commit=commit, log_start=log_start, stored=epochs, recorded=recorded)


def summary(decision: StartDecision) -> tuple[int, int, range]:
    return decision.position.read_from, decision.position.count_from, decision.lost


EPOCHS_TO_560 = stored((0, 100), (100, 200), (200, 300), (300, 400), (400, 500), (500, 560))


@pytest.mark.parametrize(
    ("committed", "log_start", "epochs", "read_from", "count_from"),
    [
        pytest.param(None, 0, [], 0, 0, id="a new log"),
        pytest.param(None, 0, EPOCHS_TO_560, 0, 0, id="nothing committed: all is counted again"),
        pytest.param(400, 0, EPOCHS_TO_560, 400, 500, id="the committed epoch is the warm-up"),
        pytest.param(437, 0, EPOCHS_TO_560, 400, 500, id="a commit in mid epoch is snapped down"),
        pytest.param(499, 0, EPOCHS_TO_560, 400, 500, id="the last offset of an epoch belongs to it"),
        pytest.param(400, 0, EPOCHS_TO_560[:5], 400, 500, id="nothing is stored after the committed epoch"),
        pytest.param(400, 400, EPOCHS_TO_560, 400, 500, id="the log begins with the warm-up"),
        pytest.param(400, 430, EPOCHS_TO_560, 430, 560, id="half of the warm-up is gone: what is stored stays"),
        pytest.param(400, 500, EPOCHS_TO_560, 500, 560, id="all of the warm-up is gone: what is stored stays"),
        pytest.param(400, 430, EPOCHS_TO_560[:5], 430, 500, id="half of the warm-up is gone and nothing is stored"),
        pytest.param(5100, 0, EPOCHS_TO_560, 400, 500, id="the database is behind the commit"),
        pytest.param(5100, 450, EPOCHS_TO_560, 450, 560, id="the database is behind, half of its warm-up is gone"),
        pytest.param(400, 530, EPOCHS_TO_560, 530, 560, id="a resumed segment after what is stored"),
        pytest.param(
            400,
            530,
            [*EPOCHS_TO_560[:5], *stored((500, 600), (600, 700), (700, 750))],
            600,
            700,
            id="a later epoch is whole with its warm-up",
        ),
        pytest.param(400, 560, EPOCHS_TO_560, 560, 560, id="the log begins where the stored ends"),
        pytest.param(None, 523, [], 523, 523, id="a new log that begins late"),
        pytest.param(None, 600, [], 600, 600, id="a new log that begins late, with an epoch"),
        pytest.param(None, 523, stored((523, 600), (600, 650)), 523, 523, id="begun late, nothing committed"),
    ],
)
def test_start_without_a_loss(
    committed: int | None, log_start: int, epochs: list[StoredEpoch], read_from: int, count_from: int
) -> None:
    expected = (read_from, count_from, NOTHING_LOST)
    assert summary(decide(committed, log_start, epochs)) == expected


@pytest.mark.parametrize(
    ("committed", "log_start", "epochs", "lost"),
    [
        pytest.param(400, 561, EPOCHS_TO_560, range(560, 561), id="one offset"),
        pytest.param(400, 600, EPOCHS_TO_560, range(560, 600), id="up to an epoch's end"),
        pytest.param(400, 1234, EPOCHS_TO_560, range(560, 1234), id="several epochs"),
        pytest.param(400, 530, EPOCHS_TO_560[:5], range(500, 530), id="nothing stored of the open epoch"),
        pytest.param(None, 30, stored((0, 20)), range(20, 30), id="before the first commit"),
    ],
)
def test_what_was_deleted_before_it_was_counted_is_named_exactly(
    committed: int | None, log_start: int, epochs: list[StoredEpoch], lost: range
) -> None:
    expected = (log_start, log_start, lost)
    assert summary(decide(committed, log_start, epochs)) == expected


@pytest.mark.parametrize("committed", [None, 400])
def test_another_epoch_size_is_refused_with_both_sizes(committed: int | None) -> None:
    with pytest.raises(EpochSizeChangedError, match=r"access: .* epochs of 64 offsets, the settings say 100; .* 64"):
        decide(committed, 0, stored((0, 64), epoch_size=64))


def test_another_kind_of_topic_is_named_as_such() -> None:
    size = EPOCH_SIZE_BY_KIND[TopicKind.SINGLE_EVENTS]
    with pytest.raises(EpochSizeChangedError, match=r"default of --kind single-events, .* say --kind single-events"):
        decide(None, 0, stored((0, 64), epoch_size=size))


def test_a_commit_that_this_database_knows_nothing_of_is_refused() -> None:
    with pytest.raises(ConflictError, match=r"access\[3\]: .* counted up to offset 400, but this database"):
        decide(400, 0, [])


def test_an_open_epoch_that_the_log_still_holds_is_recounted() -> None:
    # Its row is replaced by itself then; going on after version 560 counts twice what a torn flush has stored.
    decision = decide(None, 523, stored((523, 560)))
    again = (StoredSegment(523, 560, astuple(EventCounts())),)
    assert decision.position == StartPosition(523, 523, stored_until=560, recounted=again)


def test_only_segments_that_are_counted_again_are_expected() -> None:
    expected = decide(300, 0, EPOCHS_TO_560).position.recounted
    assert [(segment.first_offset, segment.version) for segment in expected] == [(400, 500), (500, 560)]
    assert decide(400, 530, EPOCHS_TO_560).position.recounted == ()


BEGUN_BY_OTHERS = [*stored((400, 500), (500, 560), ruleset=OLDER), *stored((560, 600), (600, 610))]


@pytest.mark.parametrize(
    ("committed", "epochs", "read_from", "count_from"),
    [
        pytest.param(400, stored((400, 500), (500, 560), ruleset=OLDER), 400, 560, id="the open epoch is theirs"),
        pytest.param(None, stored((0, 60), ruleset=OLDER), 0, 60, id="all of it is theirs"),
        pytest.param(400, BEGUN_BY_OTHERS, 400, 560, id="ours began in mid epoch"),
        pytest.param(500, BEGUN_BY_OTHERS, 500, 600, id="the open epoch is ours"),
    ],
)
def test_rows_of_another_ruleset_stay_and_counting_resumes(
    committed: int | None, epochs: list[StoredEpoch], read_from: int, count_from: int
) -> None:
    expected = (read_from, count_from, NOTHING_LOST)
    assert summary(decide(committed, 0, epochs)) == expected


BEGUN_AT_230 = Commit(230, is_beginning=True)


@pytest.mark.parametrize(
    ("log_start", "epochs", "read_from", "count_from", "lost"),
    [
        pytest.param(0, [], 230, 230, NOTHING_LOST, id="nothing stored yet"),
        pytest.param(250, [], 250, 250, range(230, 250), id="nothing stored yet, and some of it is gone"),
        pytest.param(0, stored((230, 300), (300, 320)), 230, 230, NOTHING_LOST, id="counted again from there"),
        pytest.param(240, stored((230, 300), (300, 320)), 240, 320, NOTHING_LOST, id="its first message is gone"),
    ],
)
def test_a_group_that_began_at_the_end_never_reads_before_it(
    log_start: int, epochs: list[StoredEpoch], read_from: int, count_from: int, lost: range
) -> None:
    expected = (read_from, count_from, lost)
    assert summary(decide(BEGUN_AT_230, log_start, epochs)) == expected


def test_warm_up_never_begins_before_the_first_offset_counted() -> None:
    assert summary(decide(300, 0, stored((230, 300), (300, 400), (400, 410)))) == (300, 400, NOTHING_LOST)
    assert summary(decide(None, 0, stored((230, 300), (300, 400)))) == (230, 230, NOTHING_LOST)
    assert summary(decide(200, 0, stored((230, 300), (300, 400)))) == (230, 300, NOTHING_LOST)
    assert summary(decide(50, 0, stored((230, 300), (300, 400)))) == (230, 230, NOTHING_LOST)


def test_a_resumed_segment_names_the_stored_one_before_it() -> None:
    assert decide(400, 530, EPOCHS_TO_560).position.after_segment == 500
    assert decide(400, 0, EPOCHS_TO_560).position.after_segment is None


AT_LOG_START = CountingStart(7, StartReason.LOG_START)
AT_LOG_END = CountingStart(25, StartReason.LOG_END)
OF_REBUILD = CountingStart(500, StartReason.REBUILD)


@pytest.mark.parametrize(
    ("commit", "log_start", "recorded", "count_from", "lost", "to_record"),
    [
        (None, 7, None, 7, NOTHING_LOST, AT_LOG_START),
        (None, 7, AT_LOG_START, 7, NOTHING_LOST, None),
        (None, 10_000, AT_LOG_START, 10_000, range(7, 10_000), None),
        (Commit(25, is_beginning=True), 7, AT_LOG_START, 7, NOTHING_LOST, None),
        (Commit(25, is_beginning=True), 0, None, 25, NOTHING_LOST, AT_LOG_END),
        (Commit(25, is_beginning=True), 40, None, 40, range(25, 40), AT_LOG_END),
        (Commit(25, is_beginning=True), 40, AT_LOG_END, 40, range(25, 40), None),
        (Commit(60, is_beginning=True), 0, AT_LOG_END, 25, NOTHING_LOST, None),
        (None, 0, AT_LOG_END, 25, NOTHING_LOST, None),
        (Commit(0, is_beginning=True), 9, None, 9, range(9), CountingStart(0, StartReason.LOG_START)),
        (None, 7, OF_REBUILD, 7, NOTHING_LOST, AT_LOG_START),
        (None, 600, OF_REBUILD, 600, range(500, 600), None),
    ],
)
def test_a_recorded_start_is_kept_and_what_is_gone_behind_it_is_lost(
    commit: Commit | None,
    log_start: int,
    recorded: CountingStart | None,
    count_from: int,
    lost: range,
    to_record: CountingStart | None,
) -> None:
    decision = decide(commit, log_start, [], recorded)
    assert decision.position == StartPosition(count_from, count_from)
    assert (list(decision.lost), decision.first_start) == (list(lost), to_record)
