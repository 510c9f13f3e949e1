"""What the dashboard asks beside queries: what a token may see, and how counting goes."""

from datetime import timedelta
from functools import partial

import pytest
from confluent_kafka import Producer

from gatemeter.api.access_answer import AccessAnswer
from gatemeter.api.ingest_answer import IngestAnswer, IngestLag, ingest_answer, no_lag
from gatemeter.clickhouse.sink import ClickHouseSink
from gatemeter.kafka.topics import topic_id
from gatemeter.wiring.topic_lag import open_lag
from tests.support.api_client import api_client
from tests.support.command_in_process import invoked, run
from tests.support.databases import Store
from tests.support.repository import ROOT
from tests.support.served_dashboard import opener_of
from tests.support.stored_rows import ledger_rows
from tests.support.tenant_apis import EVERYBODY, Apis
from tests.support.usage_of_tenants import HOURS

pytestmark = [pytest.mark.clickhouse, pytest.mark.xdist_group("api")]

LOG = ROOT / "tests" / "fixtures" / "nginx" / "nginx.log"


def test_a_token_is_told_its_limits_and_the_hours_of_its_own_usage(apis: Apis) -> None:
    everybody = AccessAnswer.model_validate(apis.everything.get("/api/v1/access", "", EVERYBODY).json())
    limited = AccessAnswer.model_validate(apis.everything.get("/api/v1/access", "", "both").json())
    assert (everybody.is_restricted, everybody.last_hour) == (False, f"{HOURS[-1]:%Y-%m-%dT%H:%MZ}")
    # The last hour has usage of other workspaces alone.
    assert (limited.is_restricted, limited.last_hour) == (True, f"{HOURS[-2]:%Y-%m-%dT%H:%MZ}")
    assert (limited.consumers, limited.workspaces) == (["anne", "dora"], ["us"])
    assert everybody.first_hour == limited.first_hour == f"{HOURS[0]:%Y-%m-%dT%H:%MZ}"
    assert HOURS[1] - HOURS[0] == timedelta(hours=1)


def test_ingest_health_is_refused_to_a_limited_token(apis: Apis) -> None:
    for limited in ("both", "a-workspace", "a-custom-id"):
        found = apis.everything.get("/api/v1/ingest", "", limited)
        assert (found.status, "limited" in found.detail) == (403, True)
    assert apis.everything.get("/api/v1/ingest", "", EVERYBODY).status == 200
    assert apis.everything.get("/api/v1/ingest").status == 401


def test_ingest_health_tells_of_every_event_and_of_the_last_verification_of_all_hours(store: Store) -> None:
    with api_client(opener_of(store.url)) as api:
        empty = IngestAnswer.model_validate(api.get("/api/v1/ingest").json())
        run("meter", LOG, *store.flags)
        invoked("verify", *store.flags, "--from", "2020-01", "--to", "2020-02")  # of some hours: not remembered
        counted = IngestAnswer.model_validate(api.get("/api/v1/ingest").json())
        invoked("verify", *store.flags)
        verified = IngestAnswer.model_validate(api.get("/api/v1/ingest").json())
    assert (empty.account.consumed, empty.partitions, empty.newest_hour, empty.last_stored_at) == (0, [], None, None)
    [partition] = counted.partitions
    account = counted.account
    assert account.consumed == account.counted + account.duplicates + account.dead_letters + account.other_kind > 0
    assert (partition.counted, partition.dead_letters) == (account.counted, account.dead_letters)
    assert sum(each.count for each in counted.dead_letters) == account.dead_letters
    assert partition.topic.endswith("nginx.log")
    assert counted.last_verification is None
    assert verified.last_verification is not None
    assert (verified.last_verification.holds, verified.last_verification.events) == (True, account.consumed)


@pytest.mark.kafka
def test_messages_that_wait_are_told_where_kafka_is_known(store: Store, kafka_address: str, topic: str) -> None:
    producer = Producer({"bootstrap.servers": kafka_address})
    for partition in (0, 0, 0, 1):
        producer.produce(topic, b"{}", partition=partition)
    producer.flush()

    def lag(asked: str, kafka: str | None = kafka_address) -> IngestLag | None:
        with store.client() as client:
            return IngestAnswer.model_validate(ingest_answer(client, partial(open_lag, None, kafka, asked))).lag

    log = topic_id(kafka_address, topic)
    unknown = lag(topic)
    stored = [{"log": log, "log_kind": "kafka", "partition": number, "version": 1} for number in (0, 1)]
    with store.client() as client:
        ClickHouseSink(client).write([ledger_rows(*stored)])
        assert ingest_answer(client, no_lag)["lag"] is None
    known, missing = lag(topic), lag("no-such-topic")
    assert unknown is not None
    assert known is not None
    assert missing is not None
    assert (unknown.messages, unknown.unknown_because) == (None, "nothing is stored of partition 0, 1")
    assert (known.messages, known.unknown_because) == (2, None)
    assert [each.messages for each in known.partitions][:2] == [2, 0]
    assert (missing.messages, missing.partitions) == (None, [])
    assert "no-such-topic" in (missing.unknown_because or "")
    assert lag(topic, None) is None
