"""Strict reading of the text in which Prometheus metrics are exposed, and of OpenMetrics.

A file that was cut, a series that stands twice, or a number that no counter can have must not become a wrong count, so
whatever the formats do not allow is refused with its line. Formats: Prometheus, "Exposition formats" (text 0.0.4), and
the OpenMetrics specification 1.0.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from gatemeter.errors import InputError
from gatemeter.output.text import shortened

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*", re.ASCII)
_LABEL = re.compile(r'[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*', re.ASCII)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"\\": "\\", '"': '"', "n": "\n"}
_NUMBER = re.compile(r"[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][+-]?\d{1,4})?", re.ASCII)
_NOT_FINITE = {"nan": "NaN", "inf": "Infinity", "infinity": "Infinity"}
_TIMESTAMP = re.compile(r"-?\d{1,20}(?:\.\d{1,20})?", re.ASCII)
_NOTE = re.compile(r"#[ \t]*(scraped at|node):?[ \t]+(.*)", re.IGNORECASE)
_TYPE = re.compile(r"#[ \t]+TYPE[ \t]+(\S+)[ \t]+(\S+)[ \t]*", re.ASCII)
_END = re.compile(r"#[ \t]+EOF[ \t]*", re.ASCII)

_CUT = "was the file cut off? take the scrape again"


@dataclass(frozen=True, slots=True)
class Sample:
    """One value of a series; `timestamp` is as written (milliseconds, or seconds in OpenMetrics), None without one."""

    name: str
    labels: Mapping[str, str]
    value: Decimal
    line: int
    timestamp: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Exposition:
    """What a file exposes: its samples, the declared type of each metric, and our own notes in comments.

    `notes` has what stands behind `# scraped at` and `# node`, by these words.
    """

    samples: list[Sample]
    types: Mapping[str, str]
    notes: Mapping[str, str]
    is_open_metrics: bool = False


def parse_exposition(text: str, where: str) -> Exposition:
    """Read a whole file. Raises InputError, which names `where` and the line, for all that the formats do not allow."""
    if text and not text.endswith("\n"):
        raise _refused("the last line does not end", where, text.count("\n") + 1, _CUT)
    return _Reader(where).read(text)


@dataclass(slots=True)
class _Reader:
    where: str
    samples: list[Sample] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    lines: dict[tuple[str, frozenset[tuple[str, str]]], int] = field(default_factory=dict)
    end: int = 0

    def read(self, text: str) -> Exposition:
        for number, line in enumerate(text.split("\n"), 1):
            line = line.removesuffix("\r").strip(" \t")
            if not line:
                continue
            if self.end:
                raise _refused("there is more behind # EOF", self.where, number, "give each scrape as its own file")
            if line.startswith("#"):
                self._comment(line, number)
            else:
                self._sample(line, number)
        return Exposition(self.samples, self.types, self.notes, is_open_metrics=bool(self.end))

    def _comment(self, line: str, number: int) -> None:
        if _END.fullmatch(line):
            self.end = number
        elif found := _TYPE.fullmatch(line):
            self.types[found[1]] = found[2]
        elif found := _NOTE.fullmatch(line):
            name, said = found[1].lower(), found[2].strip()
            if self.notes.setdefault(name, said) != said:
                raise _refused(f"a second # {name}", self.where, number, "give each scrape as its own file")

    def _sample(self, line: str, number: int) -> None:
        sample = _parsed_sample(line, self.where, number)
        key = sample.name, frozenset(sample.labels.items())
        if (first := self.lines.setdefault(key, number)) != number:
            what = f"the series {shortened(sample.name)} stands in line {first} already"
            raise _refused(what, self.where, number, "give each scrape as its own file")
        self.samples.append(sample)


def _parsed_sample(line: str, where: str, number: int) -> Sample:
    name = _NAME.match(line)
    if name is None:
        raise _refused(f"{shortened(line)!r} is not a sample", where, number)
    labels, rest = _labels(line[name.end() :].lstrip(" \t"), where, number)
    words = _without_exemplar(rest, where, number).split()
    if not 1 <= len(words) <= 2:
        raise _refused(
            f"{name[0]} has {'no value' if not words else 'more than a value and a time'}", where, number, _CUT
        )
    value = _number(words[0], where, number)
    if len(words) == 1:
        return Sample(name[0], labels, value, number)
    if not _TIMESTAMP.fullmatch(words[1]):
        raise _refused(f"{shortened(words[1])!r} is not a timestamp", where, number)
    return Sample(name[0], labels, value, number, Decimal(words[1]))


def _labels(text: str, where: str, number: int) -> tuple[Mapping[str, str], str]:
    """The labels that `text` begins with, and what stands behind them."""
    if not text.startswith("{"):
        return {}, text
    labels: dict[str, str] = {}
    at = 1
    while not (closing := text[at:].lstrip(" \t")).startswith("}"):
        found = _LABEL.match(text, at)
        if found is None:
            raise _refused("the labels are not whole", where, number, _CUT)
        if found[1] in labels:
            raise _refused(f"the label {shortened(found[1])} stands twice", where, number)
        labels[found[1]] = _unescaped(found[2], where, number)
        at = found.end()
        if text[at : at + 1] == ",":
            at += 1
        elif text[at : at + 1] != "}":
            raise _refused("the labels are not whole", where, number, _CUT)
    return labels, closing[1:]


def _unescaped(text: str, where: str, number: int) -> str:
    def plain(found: re.Match[str]) -> str:
        if found[1] not in _ESCAPED:
            raise _refused(f"\\{found[1]} is not an escape", where, number)
        return _ESCAPED[found[1]]

    return _ESCAPE.sub(plain, text) if "\\" in text else text


def _without_exemplar(text: str, where: str, number: int) -> str:
    """`text` up to an OpenMetrics exemplar, which says nothing about the count."""
    value, mark, exemplar = text.partition("#")
    if mark and not exemplar.lstrip(" \t").startswith("{"):
        raise _refused("what stands behind # is not an exemplar", where, number)
    return value


def _number(word: str, where: str, number: int) -> Decimal:
    if _NUMBER.fullmatch(word):
        return Decimal(word)
    known = _NOT_FINITE.get(word.lstrip("+-").lower())
    if known is None or len(word) - len(word.lstrip("+-")) > 1:
        raise _refused(f"{shortened(word)!r} is not a number", where, number, _CUT)
    return Decimal(f"-{known}" if word.startswith("-") else known)


def _refused(what: str, where: str, line: int, do: str = "") -> InputError:
    return InputError(what, where=f"{where}:{line}", do=do)
