"""`python -m tests.support.command_pool`: a process that forks `gatemeter` commands.

Importing everything once makes a start ten times as cheap. A request is one line on stdin, `{"arguments": [...],
"environment": {...}, "directory": PATH, "log": PATH, "exit_path": PATH}`; the answer is the command's process id on a
line of its own. A command's exit code (negative: the signal) is written to `exit_path` as soon as it ends. When stdin
closes, all commands are killed. `forked_commands` is the test's end of it.
"""

import functools
import gc
import importlib
import inspect
import json
import os
import select
import signal
import sys
from pathlib import Path
from typing import Any

from tests.support.crash.fault_plan import PLAN_VARIABLE, FaultPlan

_LOADED_BY_AN_APP = (
    "faust.app.router",
    "faust.assignor.partition_assignor",
    "faust.fixups.django",
    "faust.tables.globaltable",
    "faust.tables.manager",
    "faust.topics",
    "faust.worker",
)
"""What Faust imports by name when an application is made."""

_exit_paths: dict[int, Path] = {}


def serve() -> None:
    """Answer requests until stdin closes."""
    _import_what_commands_need()
    gc.freeze()
    wakeup = _wake_on_children()
    pending = b""
    while True:
        ready, _, _ = select.select([0, wakeup], [], [])
        if wakeup in ready:
            os.read(wakeup, 4096)
            _collect_ended()
        if 0 in ready:
            read = os.read(0, 65_536)
            if not read:
                break
            *lines, pending = (pending + read).split(b"\n")
            for line in lines:
                _start(json.loads(line))
    for pid in _exit_paths:
        os.kill(pid, signal.SIGKILL)


def _import_what_commands_need() -> None:
    import aiokafka  # noqa: F401
    import clickhouse_connect  # noqa: F401
    import uvicorn  # noqa: F401
    import uvloop  # noqa: F401

    from gatemeter.cli import registry
    from gatemeter.kafka import topics  # noqa: F401
    from gatemeter.monitoring import monitor, watchdog  # noqa: F401
    from gatemeter.pricing import book_files
    from gatemeter.wiring import servers  # noqa: F401
    from gatemeter.worker import app, path_watch, run  # noqa: F401
    from tests.support.crash import fault_hooks, guards_off  # noqa: F401

    for name in ("collect", "relay", "ship", "worker"):
        registry.load_command(name)
    for name in _LOADED_BY_AN_APP:
        importlib.import_module(name)
    inspect.getmodule(serve.__code__)  # which Faust asks too; it looks for the files of all modules, once
    # Every worker reads these, and they are always the same.
    book_files.packaged_books = functools.cache(book_files.packaged_books)
    book_files.packaged_books()


def _wake_on_children() -> int:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    return reader


def _collect_ended() -> None:
    while _exit_paths:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        path = _exit_paths.pop(pid)
        path.with_suffix(".part").write_text(str(os.waitstatus_to_exitcode(status)))
        path.with_suffix(".part").replace(path)


def _start(request: dict[str, Any]) -> None:
    pid = os.fork()
    if pid:
        _exit_paths[pid] = Path(request["exit_path"])
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        return
    code = 1
    try:
        code = _run_forked(request)
    finally:
        os._exit(code)


def _run_forked(request: dict[str, Any]) -> int:
    """Be the command, with its output in its log; the exit code."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(request["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.chdir(request["directory"])
    os.environ.clear()
    os.environ.update(request["environment"])
    try:
        _run_command(request["arguments"])
    except SystemExit as ended:
        sys.stdout.flush()
        sys.stderr.flush()
        return ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # noqa: BLE001 - the parent's part of this program must not go on here
        sys.excepthook(*sys.exc_info())
        sys.stderr.flush()
    return 1


def _run_command(arguments: list[str]) -> None:
    """Run `gatemeter` with the faults that the environment asks for; ends with SystemExit."""
    from gatemeter.cli.main import main
    from tests.support.crash import fault_hooks, guards_off

    if plan := os.environ.get(PLAN_VARIABLE):
        fault_plan = FaultPlan.parse(plan)
        guards_off.switch_off(fault_plan.control)
        fault_hooks.install(fault_plan)
    main(arguments)


if __name__ == "__main__":
    serve()
