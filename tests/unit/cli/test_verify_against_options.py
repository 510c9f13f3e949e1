"""Which options of `gatemeter verify` go with --against."""

from pathlib import Path

import pytest

from gatemeter.errors import SettingsError
from tests.support.command_in_process import invoked


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (("--against", "FILE", "--deep"), "--against compares"),
        (("--against", "FILE", "--from", "2026-02"), "--against compares"),
        (("--against", "FILE", "--json", "--csv"), "both given"),
        (("--against", "FILE", "--month-zone", "Berlin"), "not a time zone"),
        (("--against", "FILE", "--tolerance", "much"), "not a tolerance"),
        (("--tolerance", "1%"), "add --against"),
    ],
)
def test_options_that_do_not_fit_are_refused(tmp_path: Path, options: tuple[str, ...], what: str) -> None:
    found = invoked("verify", "--data", tmp_path, *options)
    assert isinstance(found.exception, SettingsError)
    assert what in str(found.exception)
