"""The table of custom meters: what users have declared to be counted (`gatemeter.meters`), per hour and consumer."""

from gatemeter.schema.table import CALLER, LINEAGE, Column, Table, exact_sums, texts

GROUP_COLUMNS = ("group_1", "group_2", "group_3", "group_4")
"""The values of a meter's groups, in the order of `group_names`; '' where an event has none, and beyond the names."""

METER_USAGE = Table(
    name="meter_usage_hourly",
    dimensions=(
        *CALLER,
        *texts("meter", "declaration", "unit", "aggregation"),
        Column("decimals", "UInt8"),
        *texts("group_names", *GROUP_COLUMNS),
    ),
    lineage=LINEAGE,
    measures=(
        Column("events", "Int64"),
        *exact_sums("value_scaled", "without_value", "refused"),
        Column("distinct_hashes", "Array(UInt64)"),
    ),
)
"""`events` were taken by the meter; of those `without_value` tell none, and the values of those `refused` cannot be
used. `value_scaled` is the sum of the other values times 10 ** `decimals`.

`declaration` is a hash of what the user declared: rows of two declarations of one name are never added. `group_names`
are joined by commas. Of values to be told apart (`aggregation` is `unique`) only hashes are kept.
"""
