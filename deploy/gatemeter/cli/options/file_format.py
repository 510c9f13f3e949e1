"""The format of a file where nobody has named it: found by its first lines, and said on stderr."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path

import click
from click.core import ParameterSource

from gatemeter.cli.output import say
from gatemeter.errors import InputError
from gatemeter.formats.detection import MOST_LINES, Detection, detect
from gatemeter.formats.event_file import EventText, read_event_texts
from gatemeter.formats.registry import format_names, taken_by
from gatemeter.formats.resemblance import FIRST_LINES, resemblance
from gatemeter.logfiles.lines import read_lines
from gatemeter.wire.frames import DEFAULT_FORMAT

AUTO = "auto"


def format_of_file(path: Path, chosen: str) -> str:
    """`chosen`, or if that is `AUTO` the format of the regular file `path`. Raises InputError as `format_of_lines`."""
    if chosen != AUTO or not path.is_file():
        return DEFAULT_FORMAT if chosen == AUTO else chosen
    lines: list[bytes] = []
    with suppress(InputError):  # damage is said by whoever reads the file, after what stands before it
        lines += (line.content for line in islice(read_lines(path), MOST_LINES))
    return format_of_lines(path, lines, chosen)


def format_of_files(paths: Iterable[Path], chosen: str) -> str:
    """The one format of several files. Raises InputError if there is none, or nobody can tell yet which."""
    if chosen != AUTO:
        return chosen
    found = {path: format_of_file(path, chosen) for path in paths if path.stat().st_size}
    if len(set(found.values())) > 1:
        named = ", ".join(f"{path} {name}" for path, name in found.items())
        raise InputError(f"the files are in several formats: {named}", do="ship each format by itself")
    if not found:
        raise InputError(
            "no file has a line yet, so its format is not known", do="name it, as in --format nginx-combined"
        )
    return next(iter(found.values()))


def texts_of_format(path: Path, chosen: str) -> tuple[Iterator[EventText], str]:
    """The texts of `read_event_texts`, and their format as `format_of_lines` finds it. Raises InputError.

    Of a stream the first line is looked at: the others may be long in coming.
    """
    texts = read_event_texts(path)
    if chosen != AUTO:
        return texts, chosen
    first: list[EventText] = []
    rest = texts
    try:
        first += islice(texts, MOST_LINES if path.is_file() else 1)
    except InputError as damage:
        rest = _raise(damage)
    return chain(first, rest), format_of_lines(path, [each.text for each in first], chosen)


def format_of_lines(path: Path, lines: Sequence[bytes], chosen: str) -> str:
    """`chosen`, or if that is `AUTO` the format that `lines` are in, with which `path` begins.

    Raises InputError if there is not one format, and the user has asked for `AUTO`. Who has named no format gets the
    default one then, which reads all formats of JSON.
    """
    if chosen != AUTO:
        return chosen
    found, is_asked = detect(lines), _is_asked()
    if found.name is None:
        if is_asked and lines:
            raise _not_found(path, lines, found)
        if found.either:
            say(f"{path}: {_either(found)}; read as {DEFAULT_FORMAT}, name another one with --format")
        return DEFAULT_FORMAT
    if is_asked or found.text:
        say(f"{path}: {found_text(found)}")
    return found.name


def found_text(found: Detection) -> str:
    """The format that was found, and what it takes for whom, in a line."""
    name = found.name or ""
    taken = taken_by(name)
    lines = (found.json + found.text).total()
    return (
        f"the first lines ({lines}) are of the format {name}; consumer: {taken.consumer}; service: {taken.service}; "
        f"route: {taken.route}"
    )


def _raise(error: InputError) -> Iterator[EventText]:
    raise error
    yield  # makes it a generator


def _is_asked() -> bool:
    source = click.get_current_context().get_parameter_source("format")
    return source is not ParameterSource.DEFAULT


def _either(found: Detection) -> str:
    return f"each of its first lines may be of several formats: {', '.join(sorted(found.either))}"


def _not_found(path: Path, lines: Sequence[bytes], found: Detection) -> InputError:
    if found.either:
        return InputError(_either(found), where=str(path), do="name the one that it is with --format")
    if found.names:
        return InputError(
            f"its first lines are of several formats: {', '.join(found.names)}",
            where=str(path),
            do="name one of them with --format; the lines of the others become dead letters",
        )
    return InputError(
        f"its format is not recognized: it looks like {resemblance(lines[:FIRST_LINES])}",
        where=str(path),
        do=f"name it with --format ({', '.join(format_names())})",
    )
