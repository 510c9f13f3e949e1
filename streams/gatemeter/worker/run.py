"""Runs one worker process until SIGTERM, SIGINT or a fatal error."""

import gc
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from gatemeter.errors import ExitCode, GatemeterError, KafkaUnavailable, StopError
from gatemeter.kafka.refusals import refusal_of
from gatemeter.kafka.security_settings import security_for
from gatemeter.metering.log import Log, LogKind
from gatemeter.metering.ruleset import Metering
from gatemeter.metering.sink import Sink
from gatemeter.monitoring.kafka_ends import KafkaEndReader
from gatemeter.monitoring.monitor import Monitor
from gatemeter.monitoring.worker_state import WorkerState
from gatemeter.worker.assignment import Assignment
from gatemeter.worker.context import WorkerContext
from gatemeter.worker.flusher import Flusher
from gatemeter.worker.path_watch import FindTwoPaths, PathWatch
from gatemeter.worker.settings import WorkerSettings
from gatemeter.worker.start_offsets import StartOffsets
from gatemeter.worker.topic_identity import ConfirmedSink, TopicIdentity, TopicIds
from gatemeter.worker.unkeyed_messages import UnkeyedMessages

logger = logging.getLogger(__name__)

_GC_THRESHOLD = 200_000
"""Decoding allocates many short-lived tuples and hardly any cycles: at the default of 700 the collector takes a quarter
of the time."""


def run_worker(
    settings: WorkerSettings,
    topic_id: str,
    sink: Sink,
    metering: Metering,
    *,
    log_level: str = "info",
    find_two_paths: FindTwoPaths | None = None,
) -> int:
    """Count `settings.topic` into `sink` until SIGTERM or SIGINT, and return the exit code.

    `topic_id` is Kafka's id of the topic, `log_level` the level of gatemeter's own log. `find_two_paths` is asked now
    and then, from a thread of its own. An error that needs a person ends the process at once with the error's exit
    code. Nothing is lost then: only acknowledged work is committed.
    """
    import mode.loop

    if sys.platform != "win32":
        mode.loop.use("uvloop")
    from gatemeter.worker.app import build_app

    gc.set_threshold(_GC_THRESHOLD, 20, 20)
    gc.freeze()
    context = _build_context(settings, topic_id, sink, metering)
    with (
        tempfile.TemporaryDirectory(prefix="gatemeter-worker-") as scratch,
        _path_watch(find_two_paths, context),
        _monitor(settings, context) as monitor,
    ):
        code = _run(build_app(settings, context, data_dir=scratch), context, monitor, log_level)
    if context.flusher.is_writing:
        logging.shutdown()
        os._exit(code)  # Python would wait for the thread of a write, which may hang for minutes
    return code


@contextmanager
def _path_watch(find: FindTwoPaths | None, context: WorkerContext) -> Iterator[None]:
    if find is None:
        yield
        return
    with closing(PathWatch(find, context.state)) as watch:
        watch.start()
        yield


@contextmanager
def _monitor(settings: WorkerSettings, context: WorkerContext) -> Iterator[Monitor]:
    reader = KafkaEndReader(settings.kafka, settings.topic)
    with closing(
        Monitor(
            context.state,
            reader,
            context.fatal,
            stall_timeout_s=settings.stall_timeout_s,
            seek_timeout_s=settings.seek_timeout_s,
        )
    ) as monitor:
        if settings.health_port is not None:
            port = monitor.serve(settings.health_host, settings.health_port)
            sys.stderr.write(f"health and metrics: http://{settings.health_host}:{port}\n")
        monitor.start()
        yield monitor


def _run(app: Any, context: WorkerContext, monitor: Monitor, log_level: str) -> int:
    from gatemeter.worker.process import WorkerProcess

    try:
        process = WorkerProcess(app, log_level, context.fatal)
        monitor.watch_loop(process.loop)
        process.execute_from_commandline()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else ExitCode.INTERNAL if ended.code else ExitCode.OK
    return ExitCode.OK


def _build_context(settings: WorkerSettings, topic_id: str, sink: Sink, metering: Metering) -> WorkerContext:
    log = Log(topic_id, settings.topic, LogKind.KAFKA, settings.offsets_per_epoch)
    assignment, state = Assignment(log, metering), WorkerState()
    topic_ids = TopicIds(settings.kafka)
    topic_identity = TopicIdentity(log, lambda: topic_ids.current_id(settings.topic))
    sink = ConfirmedSink(sink, topic_identity)

    def fatal(error: BaseException) -> None:
        end_process(explained(error, settings.kafka))

    return WorkerContext(
        assignment=assignment,
        start_offsets=StartOffsets(
            log,
            metering.ruleset_version,
            sink,
            first_start=settings.start,
            timeout_s=settings.seek_timeout_s,
            topic_identity=topic_identity,
            on_loss=state.lost,
        ),
        unkeyed_messages=UnkeyedMessages(settings.topic, state.unkeyed),
        topic_identity=topic_identity,
        flusher=Flusher(assignment, sink, row_limit=settings.flush_rows, fatal=fatal, state=state),
        fatal=fatal,
        records_per_chunk=settings.records_per_chunk,
        seek_timeout_s=settings.seek_timeout_s,
    )


def explained(error: BaseException, kafka: str) -> BaseException:
    """The error for people in place of one of the Kafka client, which says what it did and not what is wrong."""
    from aiokafka.errors import IllegalStateError, KafkaError

    if not isinstance(error, KafkaError) or isinstance(error, IllegalStateError):
        return error
    for broker in kafka.split(","):
        refusal = refusal_of(broker.strip(), security_for(kafka), str(error))
        if refusal is not None:
            return KafkaUnavailable(refusal.what, where=f"Kafka at {kafka}", do=refusal.do)
    return KafkaUnavailable(
        f"the brokers do not answer, or refuse ({type(error).__name__})",
        where=f"Kafka at {kafka}",
        do="check that they run, and start the worker again; nothing is lost",
    )


def end_process(error: BaseException) -> None:
    """Print the error in one line and end the process at once, without a commit."""
    code = error.exit_code if isinstance(error, StopError) else ExitCode.INTERNAL
    if isinstance(error, GatemeterError):
        sys.stderr.write(f"gatemeter: {error}\n")
        sys.stderr.flush()
    else:
        logger.critical("the worker cannot go on", exc_info=error)
    os._exit(code)
