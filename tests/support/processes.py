"""Looking at processes from outside."""

import psutil


def is_running(pid: int) -> bool:
    """Whether the process is there and not just a zombie that nobody has collected yet."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def is_stopped(pid: int) -> bool:
    """Whether the process is there and frozen by SIGSTOP."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_STOPPED
    except psutil.NoSuchProcess:
        return False


def children_of(pid: int) -> list[int]:
    """The direct children of a process."""
    return [child.pid for child in _below(pid, recursive=False)]


def descendants_of(pid: int) -> list[int]:
    """All processes below `pid`."""
    return [child.pid for child in _below(pid, recursive=True)]


def command_line(pid: int) -> str:
    """The arguments of a process, joined by spaces; '' once it has ended."""
    try:
        return " ".join(psutil.Process(pid).cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""


def _below(pid: int, *, recursive: bool) -> list[psutil.Process]:
    try:
        return psutil.Process(pid).children(recursive=recursive)
    except psutil.NoSuchProcess:
        return []
