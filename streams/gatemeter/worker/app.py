"""The Faust app of a worker: one topic, one agent, two timers. Faust manages the group and the process, no state."""

import asyncio
import logging
from typing import Any

import faust

from gatemeter.errors import RetryableError
from gatemeter.metering.key_slots import MOST_KEYS
from gatemeter.metering.partition import PartitionCounter
from gatemeter.schema.usage import OTHER_NAMES
from gatemeter.worker import driver
from gatemeter.worker.assignment import PartitionChunk
from gatemeter.worker.context import WorkerContext, attach
from gatemeter.worker.credentials import faust_credentials
from gatemeter.worker.settings import WorkerSettings

logger = logging.getLogger(__name__)

_FETCH_BYTES = 4 * 1024 * 1024
_CHUNKS_IN_BUFFER = 8
_CHUNKS_IN_POLL = 4
_CONFIRM_TOPIC_INTERVAL_S = 10.0

METADATA_AGE_S = 5.0
"""How soon a worker sees that its topic has more partitions, and asks for an assignment of all of them. By default it
would take up to five minutes."""


def build_app(settings: WorkerSettings, context: WorkerContext, *, data_dir: str) -> faust.App:
    """The app, ready to be run by `faust.Worker`. `data_dir` is a scratch directory that Faust requires."""
    app = faust.App(
        id=settings.group,
        broker=[f"{driver.SCHEME}://{address.strip()}" for address in settings.kafka.split(",")],
        broker_credentials=faust_credentials(settings.kafka),
        datadir=data_dir,
        store="memory://",
        autodiscover=False,
        key_serializer="raw",
        value_serializer="raw",
        topic_allow_declare=False,
        topic_disable_leader=True,
        table_standby_replicas=0,
        web_enabled=False,
        web_tables_enabled=False,
        consumer_auto_offset_reset="earliest",
        consumer_max_fetch_size=_FETCH_BYTES,
        consumer_metadata_max_age_ms=int(METADATA_AGE_S * 1000),
        # Fetched messages stay compressed until they are taken, and then take ten times the memory or more.
        broker_max_poll_records=_CHUNKS_IN_POLL * settings.records_per_chunk,
        broker_commit_interval=settings.commit_interval_s,
        broker_session_timeout=settings.session_timeout_s,
        broker_heartbeat_interval=settings.session_timeout_s / 4,
        # Counted in messages, and one of ours holds thousands of events.
        stream_buffer_maxsize=_CHUNKS_IN_BUFFER,
        stream_wait_empty=False,
        producer_linger=0.02,
        worker_redirect_stdouts=False,
    )
    attach(app, context)
    _add_agent(app, settings, context)
    return app


def _add_agent(app: faust.App, settings: WorkerSettings, context: WorkerContext) -> None:
    topic = app.topic(settings.topic, key_serializer="raw", value_serializer="raw")

    async def count_access_log(stream: Any) -> None:
        async for event in stream.events():
            await count_chunk(event.value, context)

    async def flush_changed_rows() -> None:
        await _or_fatal(context, context.flusher.flush())

    async def confirm_topic() -> None:
        await _or_fatal(context, _confirm_topic(context))

    app.agent(topic, name="gatemeter.count_access_log", concurrency=1)(count_access_log)
    app.timer(settings.flush_interval_s)(flush_changed_rows)
    app.timer(_CONFIRM_TOPIC_INTERVAL_S)(confirm_topic)


async def count_chunk(partition_chunk: PartitionChunk, context: WorkerContext) -> None:
    """Count one chunk. An exception is fatal and is not passed on: Faust would commit the chunk as processed."""
    try:
        read_again_from = context.assignment.count(partition_chunk)
    except Exception as error:  # noqa: BLE001 - whatever it is, going on could lose events
        context.fatal(error)
        return
    if read_again_from is not None:
        logger.warning("partition %d: reading again from offset %d", partition_chunk.partition, read_again_from)
        context.guard.rewind(partition_chunk.partition, read_again_from)
        return
    _report_progress(partition_chunk, context)
    await _or_fatal(context, context.flusher.flush_if_full())
    await asyncio.sleep(0)  # commits, timers and the flush share this loop


async def _confirm_topic(context: WorkerContext) -> None:
    """Each write confirms the topic too; this is for a topic without messages."""
    try:
        await asyncio.to_thread(context.topic_identity.confirm)
    except RetryableError as error:
        logger.debug("%s", error)  # while no broker answers, nothing is read either


def _report_progress(partition_chunk: PartitionChunk, context: WorkerContext) -> None:
    counter = context.assignment.counter(partition_chunk.partition)
    if counter is None:
        return
    context.state.processed(partition_chunk.partition, counter.next_offset, counter.totals, partition_chunk.chunk)
    _report_folded(counter, context)
    for segment in counter.take_unrepeatable():
        logger.error(
            "%s[%d]: the log has lost messages since offsets %d to %d were counted (%d events then, %d now); what is "
            "stored of them stays, and counting goes on after them",
            counter.log.name,
            counter.partition,
            segment.offsets.start,
            segment.offsets.stop - 1,
            segment.stored.consumed,
            segment.recounted.consumed,
        )


def _report_folded(counter: PartitionCounter, context: WorkerContext) -> None:
    """Name calls whose names were not kept: in the metrics, and in the log whenever they are ten times as many."""
    rows = counter.take_folded()
    so_far = context.state.folded(rows)
    before = so_far - rows
    if rows and (not before or len(str(so_far)) > len(str(before))):
        logger.warning(
            "%s[%d]: %d calls so far are counted under the name %s, for their consumer used more than %d names in an "
            "hour; totals, tokens and costs hold them",
            counter.log.name,
            counter.partition,
            so_far,
            OTHER_NAMES,
            MOST_KEYS,
        )


async def _or_fatal(context: WorkerContext, awaitable: Any) -> None:
    try:
        await awaitable
    except Exception as error:  # noqa: BLE001 - as above
        context.fatal(error)
