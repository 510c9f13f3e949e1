from gatemeter.output.remembered import Remembered


def test_a_text_is_made_once_and_memory_is_bounded() -> None:
    made: list[str] = []

    def make(text: str) -> str:
        made.append(text)
        return text.upper()

    remembered = Remembered(make)
    assert [remembered[text] for text in ("a", "b", "a", "a")] == ["A", "B", "A", "A"]
    assert made == ["a", "b"]
    for number in range(10_000):
        assert remembered[f"n{number}"] == f"N{number}"
    assert remembered["c" * 1_000] == "C" * 1_000
    assert len(remembered) < 5_000
    assert max(map(len, remembered)) < 1_000
