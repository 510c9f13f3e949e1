"""Where log files are: what patterns match, and what rotation has made of a file."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from gatemeter.logfiles.line_source import stem_of


def matching(patterns: Iterable[str]) -> Sequence[Path]:
    """The files that `patterns` match, each once: files, directories (all files in them), and glob patterns.

    Links are followed: rotation happens where the file lies.
    """
    return list(dict.fromkeys(path.resolve() for pattern in patterns for path in _matching(pattern)))


def beside(paths: Iterable[Path]) -> Iterator[Path]:
    """The files that lie beside one of `paths` and are named as rotation would name it."""
    for stem in {path.parent / stem_of(path.name) for path in paths}:
        for path in sorted(stem.parent.glob(f"{_escaped(stem.stem)}*")):
            if stem_of(path.name) == stem.name and path.is_file():
                yield path


def _matching(pattern: str) -> Iterable[Path]:
    path = Path(pattern)
    if path.is_dir():
        return sorted(each for each in path.iterdir() if each.is_file())
    if path.is_file():
        return [path]
    root = Path(path.anchor)
    return sorted(each for each in root.glob(str(path.relative_to(root) if path.anchor else path)) if each.is_file())


def _escaped(name: str) -> str:
    return "".join(f"[{character}]" if character in "*?[" else character for character in name)
