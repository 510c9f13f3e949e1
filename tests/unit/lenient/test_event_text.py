"""The texts of events that stand in an array which had to be mended read as the events did."""

import pytest

from gatemeter.lenient.document import parse_document
from gatemeter.lenient.event_text import event_documents
from gatemeter.lenient.numbers import OUT_OF_RANGE, exact_number


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "1.50", "7"])
def test_the_text_of_an_element_gives_its_number_again(number: str) -> None:
    (event, _) = event_documents(b'[{"a":%s},{"b":NaN}]' % number.encode())
    read, read_again = event.value["a"], parse_document(event.text, [])["a"]
    assert exact_number(read_again) == exact_number(read)
    assert (read_again is OUT_OF_RANGE) == (read is OUT_OF_RANGE)


def test_what_is_beyond_all_numbers_stays_as_short() -> None:
    (event,) = event_documents(b'[{"junk":NaN}]')
    assert event.text == b'{"junk":NaN}'
