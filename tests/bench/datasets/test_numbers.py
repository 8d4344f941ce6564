"""What a reader of numbers learns from."""

from pathlib import Path

from bench.datasets.numbers import _samples, _write


def test_samples_have_the_texts_and_pictures_of_the_command(tmp_path: Path) -> None:
    _write(tmp_path / "numbers.tar", "#{1-8}", 5, "--height", "32")
    samples = list(_samples(tmp_path / "numbers.tar"))
    assert [1 <= len(text) <= 8 for text, _ in samples] == [True] * 5
    assert {line.shape[0] for _, line in samples} == {32}
