"""The example of docs/queries.md in Python runs as it stands."""

import re
from typing import Any

import pytest

from gatemeter.reports.period import TimeSpan
from tests.support.databases import Store
from tests.support.repository import ROOT
from tests.support.usage_of_tenants import store_tenants

pytestmark = pytest.mark.clickhouse

_OPENED = 'Path("usage"), None'


def test_the_example_in_python_prints_rows_of_the_store(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    with store.client() as client:
        store_tenants(client)
    [example] = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "queries.md").read_text(), re.DOTALL)
    assert _OPENED in example
    names: dict[str, Any] = {}
    exec(compile(example.replace(_OPENED, f'None, "{store.url}"'), "queries.md", "exec"), names)
    assert names["query"].span == TimeSpan.parse("2026-01-31T23:00", "2026-02-28T23:00")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 3
    assert all(re.fullmatch(r"2026-02-\d\d \S+ \d+", line) for line in lines)
