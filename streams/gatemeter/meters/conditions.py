"""The filter of a meter: which events it takes."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from gatemeter.lenient.fields import storable_text
from gatemeter.lenient.numbers import exact_number
from gatemeter.lenient.paths import Path
from gatemeter.meters.declaration import Condition, MeterDeclaration

Test = Callable[[Any], bool]


def compiled_filter(declaration: MeterDeclaration) -> tuple[tuple[Path, Test], ...]:
    """Each path with the test that its value, None where there is none, has to pass."""
    return tuple((Path.of(path), _all(_tests_of(condition))) for path, condition in sorted(declaration.filter.items()))


def _tests_of(condition: Condition) -> list[Test]:
    tests: list[Test] = []
    if condition.any_of:
        tests.append(_is_one_of(condition.any_of))
    if condition.none_of:
        is_one = _is_one_of(condition.none_of)
        tests.append(lambda value: not is_one(value))
    if condition.exists is not None:
        exists = condition.exists
        tests.append(lambda value: (value is not None) is exists)
    if condition.at_least is not None or condition.below is not None:
        tests.append(_is_within(condition.at_least, condition.below))
    return tests


def _all(tests: Sequence[Test]) -> Test:
    return tests[0] if len(tests) == 1 else lambda value: all(test(value) for test in tests)


def _is_one_of(wanted: Sequence[Any]) -> Test:
    """A text equals the same text; a number equals a number, or the text of one; true and false only themselves."""
    flags = {each for each in wanted if isinstance(each, bool)}
    texts = {each for each in wanted if isinstance(each, str)}
    numbers = {Decimal(each) for each in wanted if not isinstance(each, bool | str)}

    def test(value: Any) -> bool:
        if isinstance(value, bool):
            return value in flags
        if isinstance(value, str) and value in texts:
            return True
        if isinstance(value, int) and texts and storable_text(value) in texts:
            return True
        number = exact_number(value) if numbers else None
        return number is not None and number in numbers

    return test


def _is_within(at_least: Decimal | int | None, below: Decimal | int | None) -> Test:
    def test(value: Any) -> bool:
        number = exact_number(value)
        if number is None or (at_least is not None and number < at_least):
            return False
        return below is None or number < below

    return test


def passes(tests: Sequence[tuple[Path, Test]], document: Mapping[str, Any]) -> bool:
    """Whether `document` passes all `tests`."""
    return all(test(path.value_in(document)) for path, test in tests)
