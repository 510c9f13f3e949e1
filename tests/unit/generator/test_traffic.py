"""The generator: the same seed the same bytes, and a truth that a recount of the file confirms."""

import dataclasses
import hashlib
import itertools
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gatemeter.errors import InputError, SettingsError
from gatemeter.generator.plan import TrafficPlan
from gatemeter.generator.traffic import Traffic, truth_path, write_traffic
from gatemeter.logfiles.lines import read_lines
from tests.support.smoke import smoke

PLAN = TrafficPlan(events=6000, seed=7, streams=0.02, duplicates=0.06, bad=0.03)
Event = dict[str, Any]


@pytest.fixture(scope="module")
def traffic() -> tuple[list[bytes], dict[str, Any]]:
    made = Traffic(PLAN)
    lines = list(made.lines())
    return lines, made.truth.document()


@pytest.fixture(scope="module")
def lines(traffic: tuple[list[bytes], dict[str, Any]]) -> list[bytes]:
    return traffic[0]


@pytest.fixture(scope="module")
def truth(traffic: tuple[list[bytes], dict[str, Any]]) -> dict[str, Any]:
    return traffic[1]


@pytest.fixture(scope="module")
def requests(lines: list[bytes]) -> list[Event]:
    """The first copy of every request that can be counted, found by looking at the lines only."""
    found: dict[bytes, Event] = {}
    for line in lines:
        event = parsed(line)
        if event is not None and "session" not in event:
            found.setdefault(line, event)
    return list(found.values())


def parsed(line: bytes) -> Event | None:
    try:
        event = json.loads(line.decode())
    except ValueError:
        return None
    countable = isinstance(event, dict) and "started_at" in event
    return event if countable and event.get("response", {}).get("status") != "abc" else None


def consumer_id(event: Event) -> str:
    return str(event["consumer"]["id"]) if "consumer" in event else "anonymous"


def nearest_rank(values: list[int], percent: int) -> int:
    values = sorted(values)
    return next(value for rank, value in enumerate(values, start=1) if rank * 100 >= percent * len(values))


def test_the_same_seed_gives_the_same_bytes(lines: list[bytes], truth: dict[str, Any]) -> None:
    again = Traffic(PLAN)
    assert list(again.lines()) == lines
    assert again.truth.document() == truth


def test_another_seed_gives_other_bytes(lines: list[bytes]) -> None:
    others = Traffic(dataclasses.replace(PLAN, seed=8)).lines()
    assert not set(lines) & {line for line in others if line.startswith(b'{"request"')}


def test_the_bytes_of_a_seed_are_pinned() -> None:
    # Numbers that people compare across machines and versions come from these bytes.
    assert (
        next(iter(Traffic(TrafficPlan(events=10)).lines()))[:48] == b'{"request":{"id":"de774d00fb70d72683c0937837d19d'
    )


def test_a_month_of_a_seed_keeps_its_hash() -> None:
    traffic = Traffic(TrafficPlan(events=20_000, seed=3))
    log = hashlib.sha256(b"".join(line + b"\n" for line in traffic.lines())).hexdigest()
    truth = hashlib.sha256((json.dumps(traffic.truth.document(), indent=1) + "\n").encode()).hexdigest()
    assert log == "c25162b62899a05ccc30188085cca5e59fa08132d971829660db6c3263295c45"
    assert truth == "20762c0a3671df37fde1860abbe65e1f942f5852aeb474411976fca82029d632"


def test_the_kinds_of_lines_come_out_exactly(truth: dict[str, Any]) -> None:
    assert truth["consumed"] == 6000
    assert (truth["duplicates"], truth["dead_letters"], truth["other_kind"]) == (360, 180, 120)
    assert truth["counted"] == 6000 - 360 - 180 - 120


def test_the_truth_is_the_recount_of_the_file(lines: list[bytes], requests: list[Event], truth: dict[str, Any]) -> None:
    copies = Counter(line for line in lines if parsed(line) is not None)
    assert len(requests) == truth["counted"]
    assert sum(count - 1 for count in copies.values()) == truth["duplicates"]
    assert sum(parsed(line) is None for line in lines) == truth["dead_letters"]
    assert sum("session" in (parsed(line) or {}) for line in lines) == truth["other_kind"]


def test_every_kind_of_bad_line_occurs(truth: dict[str, Any]) -> None:
    reasons = truth["dead_letters_by_reason"]
    assert len(reasons) == 7
    assert sum(reasons.values()) == truth["dead_letters"]


def test_the_license_counts_the_month(truth: dict[str, Any]) -> None:
    undated = truth["dead_letters_by_reason"]["started_at_missing"]
    month = {"bucket": "2026-02", "request_count": truth["counted"]}
    unknown = {"bucket": "UNKNOWN", "request_count": undated}
    assert truth["license"] == {"buckets": [month, unknown], "total_requests": truth["counted"] + undated}


@pytest.mark.parametrize(("period", "date_length"), [("month", 7), ("day", 10)])
def test_the_bill_is_the_recount_of_the_file(
    requests: list[Event], truth: dict[str, Any], period: str, date_length: int
) -> None:
    counted: Counter[tuple[str, str, str]] = Counter()
    for event in requests:
        key = (iso_day(event)[:date_length], consumer_id(event))
        counted[*key, "requests"] += 1
        is_refused = event["source"] == "kong" and event["response"]["status"] >= 400
        counted[*key, f"{'not_' * is_refused}billable_requests"] += 1
        counted[*key, f"status_{str(event['response']['status'])[0]}xx"] += 1
        counted[*key, "request_bytes"] += event["request"]["size"]
        counted[*key, "response_bytes"] += event["response"]["size"]
    rows = truth["billable"][period]
    stated = {(row["period"], row["consumer_id"], name): row[name] for row in rows for name in list(row)[4:]}
    assert Counter({key: value for key, value in stated.items() if isinstance(value, int) and value}) == counted


def iso_day(event: Event) -> str:
    days = event["started_at"] // 86_400_000 - 20_485  # 2026-02-01
    assert 0 <= days < 28
    return f"2026-02-{days + 1:02d}"


@pytest.mark.parametrize("by", ["service", "route", "consumer"])
@pytest.mark.parametrize(("latency", "field"), [("request", "request"), ("upstream", "proxy"), ("gateway", "kong")])
def test_the_latencies_are_the_recount_of_the_file(
    requests: list[Event], truth: dict[str, Any], by: str, latency: str, field: str
) -> None:
    values: dict[str, list[int]] = {}
    for event in requests:
        group = consumer_id(event) if by == "consumer" else event.get(by, {}).get("name", "none")
        values.setdefault(group, []).append(event["latencies"][field])
    measured = {group: [ms for ms in all_ms if ms >= 0] for group, all_ms in values.items()}
    rows = {row[by]: row for row in truth["latency"][by] if row["latency"] == latency}
    assert rows == {group: row_of(by, group, latency, all_ms) for group, all_ms in measured.items() if all_ms}


def row_of(by: str, group: str, latency: str, values: list[int]) -> Event:
    percentiles = {f"p{percent}_ms": nearest_rank(values, percent) for percent in (50, 90, 95, 99)}
    return {
        by: group,
        "latency": latency,
        "count": len(values),
        "avg_ms": sum(values) / len(values),
        "min_ms": min(values),
        **percentiles,
        "max_ms": max(values),
    }


def test_events_look_like_those_of_a_gateway(lines: list[bytes], requests: list[Event]) -> None:
    sizes = [len(line) for line in lines if line.startswith(b'{"request"')]
    assert 1200 < sum(sizes) / len(sizes) < 1900
    assert len({event["request"]["id"] for event in requests}) == len(requests)
    assert all(len(event["request"]["id"]) == 32 for event in requests)


def test_what_the_gateway_rejects_has_no_upstream_latency(requests: list[Event]) -> None:
    rejected = [event for event in requests if event["response"]["status"] in {401, 403, 429}]
    assert rejected
    for event in rejected:
        assert (event["source"], event["upstream_status"], event["latencies"]["proxy"]) == ("kong", "", -1)
        assert event["tries"] == []
        assert ("consumer" in event) <= (event["response"]["status"] != 401)


def test_a_request_without_route_has_no_entities(requests: list[Event]) -> None:
    unrouted = [event for event in requests if "route" not in event]
    assert {event["response"]["status"] for event in unrouted} == {404}
    assert not any({"service", "consumer", "tries"} & event.keys() for event in unrouted)


def test_failed_upstreams_show_their_tries(requests: list[Event]) -> None:
    failed = [event for event in requests if event["response"]["status"] == 502]
    assert failed
    assert all(event["upstream_status"] == "502, 502" for event in failed)
    assert all([try_["state"] for try_ in event["tries"]] == ["failed", "failed"] for event in failed)


def test_every_identified_event_holds_the_api_key(requests: list[Event]) -> None:
    assert all(event["request"]["headers"]["apikey"].startswith("key-") for event in requests if "consumer" in event)


def test_some_events_are_out_of_order(requests: list[Event]) -> None:
    times = [event["started_at"] for event in requests]
    late = sum(later < earlier for earlier, later in itertools.pairwise(times))
    assert 0.05 < late / len(times) < 0.15


def test_nights_and_weekends_are_quieter(requests: list[Event]) -> None:
    by_hour = Counter(event["started_at"] // 3_600_000 % 24 for event in requests)
    by_weekday = Counter((event["started_at"] // 86_400_000 + 3) % 7 for event in requests)
    assert by_hour[14] > 2 * by_hour[2]
    assert by_weekday[2] > 1.5 * by_weekday[6]


def test_copies_stand_behind_their_originals_near_and_far(lines: list[bytes]) -> None:
    first: dict[bytes, int] = {}
    distances = [index - first[line] for index, line in enumerate(lines) if first.setdefault(line, index) != index]
    assert min(distances) < 5
    assert max(distances) > 500


def test_without_extras_every_line_is_a_request() -> None:
    made = Traffic(TrafficPlan(events=50, duplicates=0, bad=0, out_of_order=0, ai=0))
    events = [json.loads(line) for line in made.lines()]
    times = [event["started_at"] for event in events]
    assert made.truth.document()["counted"] == 50
    assert times == sorted(times)
    assert not any("ai" in event for event in events)


@pytest.mark.parametrize("events", [1, 2, 3, 17])
def test_tiny_files_have_as_many_lines_as_asked(events: int) -> None:
    assert sum(1 for _ in Traffic(TrafficPlan(events=events, duplicates=0.3, bad=0.2, streams=0.1)).lines()) == events


@pytest.mark.parametrize(
    ("flag", "plan"),
    [
        ("--month", {"month": "2026-13"}),
        ("--month", {"month": "February"}),
        ("--month", {"month": "1999-01"}),
        ("--bad", {"bad": 1.5}),
        ("--out-of-order", {"out_of_order": -0.1}),
        ("--events", {"events": 0}),
        ("--consumers", {"consumers": 0}),
        ("--seed", {"seed": -1}),
        ("--duplicates", {"duplicates": 0.7, "bad": 0.3}),
    ],
)
def test_a_plan_that_makes_no_sense_names_the_flag(flag: str, plan: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=flag):
        TrafficPlan(**plan)


@pytest.mark.parametrize(("month", "hours"), [("2026-02", 672), ("2024-02", 696), ("2026-12", 744), ("2026-04", 720)])
def test_a_month_has_as_many_hours_as_it_should(month: str, hours: int) -> None:
    assert TrafficPlan(month=month).hours == hours


@pytest.mark.parametrize("name", smoke(["a.log.zst", "a.log", "a.log.gz"], 1, reason="a packed file is in `make test`"))
def test_the_file_and_the_truth_are_written(tmp_path: Path, name: str) -> None:
    plan = TrafficPlan(events=2500)
    path = tmp_path / name
    progress = list(write_traffic(plan, path))
    made = Traffic(plan)
    assert progress == [1000, 2000, 2500]
    assert [line.content for line in read_lines(path)] == list(made.lines())
    assert json.loads(truth_path(path).read_text()) == made.truth.document()


def test_writing_twice_gives_the_same_packed_bytes(tmp_path: Path) -> None:
    paths = [tmp_path / "a.log.gz", tmp_path / "b.log.gz"]
    for path in paths:
        list(write_traffic(TrafficPlan(events=200), path))
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_place_that_cannot_be_written_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written: no such file or directory; choose another --out"):
        list(write_traffic(TrafficPlan(events=10), tmp_path / "missing" / "a.log"))


@pytest.mark.parametrize("name", smoke(["a.log.gz", "a.log", "a.log.zst"], 1, reason="a packed file is in `make test`"))
def test_a_run_that_ends_early_leaves_the_earlier_files(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    list(write_traffic(TrafficPlan(events=20), path))
    before = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    running = write_traffic(TrafficPlan(events=5000, seed=2), path)
    assert next(running) == 1000
    running.close()
    assert {each.name: each.read_bytes() for each in tmp_path.iterdir()} == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is full")
def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Path.open
    monkeypatch.setattr(Path, "open", lambda path, mode: opened(Path("/dev/full"), mode))
    with pytest.raises(InputError, match="cannot be written: no space left on device"):
        list(write_traffic(TrafficPlan(events=2000), tmp_path / "a.log"))
    assert list(tmp_path.iterdir()) == []
