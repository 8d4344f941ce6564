"""Knows what batching promises to everyone in the line, whatever arrives when. Does not know models or time."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from digitgan.engine.queue import Line

ROWS = st.integers(1, 200)
# What happens, in order: a request of so many rows joins (None: a run starts instead).
EVENTS = st.lists(st.one_of(st.none(), ROWS), max_size=40)


@given(EVENTS, st.integers(1, 32), st.integers(1, 64))
def test_every_row_is_run_once_in_order_and_within_the_room(
    events: list[int | None], slice_rows: int, room: int
) -> None:
    line: Line[int] = Line(slice_rows)
    joined: dict[int, int] = {}
    run: dict[int, list[int]] = defaultdict(list)

    def gather() -> bool:
        batch = line.gather(room)
        assert sum(part.stop - part.start for part in batch) <= room
        for part in batch:
            run[part.request].extend(range(part.start, part.stop))
        return bool(batch)

    for request, n_rows in enumerate(events):
        if n_rows is None:
            gather()
        else:
            joined[request] = n_rows
            line.join(request, n_rows)
    while gather():
        pass
    assert run == {request: list(range(n_rows)) for request, n_rows in joined.items()}
    assert not len(line)


@given(st.lists(ROWS, min_size=1, max_size=20), st.integers(1, 32), st.integers(1, 64))
def test_a_run_is_full_while_rows_wait(requests: list[int], slice_rows: int, room: int) -> None:
    line: Line[int] = Line(slice_rows)
    for request, n_rows in enumerate(requests):
        line.join(request, n_rows)
    batch = line.gather(room)
    assert sum(part.stop - part.start for part in batch) == min(room, sum(requests))


@given(st.lists(ROWS, max_size=20), st.integers(1, 32), st.integers(1, 64))
def test_a_small_request_waits_at_most_one_turn_of_each_that_waits_already(
    others: list[int], slice_rows: int, room: int
) -> None:
    line: Line[str] = Line(slice_rows)
    for i, n_rows in enumerate(others):
        line.join(f"other {i}", n_rows)
    line.join("small", 1)
    before: dict[str, int] = defaultdict(int)
    while batch := line.gather(room):
        for part in batch:
            if part.request == "small":
                assert all(rows <= slice_rows for rows in before.values())
                return
            before[part.request] += part.stop - part.start
    raise AssertionError("the small request was never run")


@given(st.lists(ROWS, min_size=2, max_size=8), st.data())
def test_who_leaves_is_not_run_and_nobody_else_is_touched(requests: list[int], data: st.DataObject) -> None:
    line: Line[str] = Line(4)
    names = [f"request {i}" for i in range(len(requests))]
    for name, n_rows in zip(names, requests, strict=True):
        line.join(name, n_rows)
    gone = data.draw(st.sampled_from(names))
    line.leave(gone)
    rest = [part for part in line.gather(10_000) if part.request == gone]
    assert not rest
    assert not len(line)


def test_an_empty_line_gives_an_empty_batch() -> None:
    assert Line[str](4).gather(64) == []
