import pytest

from gatemeter.reports.zoned_span import similar_zones

ZONES = ("Etc/UTC", "UTC", "Europe/Berlin", "Europe/Kyiv", "America/New_York", "Asia/Kolkata")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("europe/berlin", "did you mean Europe/Berlin?"),
        ("Berlin", "did you mean Europe/Berlin?"),
        ("new york", "did you mean America/New_York?"),
        ("utc", "did you mean UTC or Etc/UTC?"),
        ("Europe/Belrin", "did you mean Europe/Berlin or Europe/Kyiv?"),
        ("\u0415urope/Kyiv", "did you mean Europe/Kyiv?"),
        ("", "name one as Europe/Berlin or UTC"),
        ("x" * 100_000, "name one as Europe/Berlin or UTC"),
    ],
)
def test_the_nearest_time_zones_are_named(text: str, said: str) -> None:
    assert similar_zones(text, ZONES) == said
