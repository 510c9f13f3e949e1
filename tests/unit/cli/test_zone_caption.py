from gatemeter.cli.options.usage import zone_caption
from gatemeter.output.layout import PERIOD
from gatemeter.reports.billable import BILLABLE_TABLE, BillableParameters


def test_the_zone_is_named_only_where_periods_are_shown() -> None:
    layout = zone_caption(BILLABLE_TABLE, BillableParameters(time_zone="Europe/Berlin"))
    assert layout.captions == ()
    assert layout.column_captions == {PERIOD: "periods in the time zone Europe/Berlin"}


def test_periods_in_utc_need_no_caption() -> None:
    assert zone_caption(BILLABLE_TABLE, BillableParameters()) is BILLABLE_TABLE
