"""The times of a request as a header."""

from service.telemetry.records import Timing


def test_server_timing_has_each_part_in_milliseconds() -> None:
    timing = Timing("digits", "1", queue_s=0.0001, model_s=0.0025, encode_s=1.5, ended=0.0)
    assert timing.header == "queue;dur=0.100, model;dur=2.500, encode;dur=1500.000"
