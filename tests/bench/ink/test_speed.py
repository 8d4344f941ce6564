"""The figures of speed and size come from answers of the engine."""

from bench.ink import speed


def test_each_way_has_a_rate_and_each_file_a_size() -> None:
    figures = speed.measure(rounds=1, seconds=0.01, sized_images=5)
    assert all(rate > 0 for rate in figures["images_per_s"].values())
    assert {"ink as JSON", "ink as SVG", "numbers, natural layout"} < figures["images_per_s"].keys()
    for kind in ("png_bytes", "svg_bytes"):
        assert figures[kind]["images"] == 5
        assert 200 < figures[kind]["mean"] <= figures[kind]["most"] < 10_000
