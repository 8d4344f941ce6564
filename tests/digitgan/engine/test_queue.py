"""What the queue guarantees to every waiting request, in whatever order requests and runs come."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from digitgan.engine.queue import Queue

ROWS = st.integers(1, 200)
# In order: a request of so many rows arrives, or a run starts (None).
EVENTS = st.lists(st.one_of(st.none(), ROWS), max_size=40)


@given(EVENTS, st.integers(1, 32), st.integers(1, 64))
def test_every_row_is_taken_once_and_in_order(events: list[int | None], slice_rows: int, room: int) -> None:
    queue: Queue[int] = Queue(slice_rows)
    put: dict[int, int] = {}
    taken: dict[int, list[int]] = defaultdict(list)

    def take() -> bool:
        batch = queue.take(room)
        assert sum(part.stop - part.start for part in batch) <= room
        for part in batch:
            taken[part.request].extend(range(part.start, part.stop))
        return bool(batch)

    for request, n_rows in enumerate(events):
        if n_rows is None:
            take()
        else:
            put[request] = n_rows
            queue.put(request, n_rows)
    while take():
        pass
    assert taken == {request: list(range(n_rows)) for request, n_rows in put.items()}
    assert not len(queue)


@given(st.lists(ROWS, min_size=1, max_size=20), st.integers(1, 32), st.integers(1, 64))
def test_run_is_full_while_rows_wait(requests: list[int], slice_rows: int, room: int) -> None:
    queue: Queue[int] = Queue(slice_rows)
    for request, n_rows in enumerate(requests):
        queue.put(request, n_rows)
    batch = queue.take(room)
    assert sum(part.stop - part.start for part in batch) == min(room, sum(requests))


@given(st.lists(ROWS, max_size=20), st.integers(1, 32), st.integers(1, 64))
def test_small_request_waits_at_most_one_turn_of_each_other_request(
    others: list[int], slice_rows: int, room: int
) -> None:
    queue: Queue[str] = Queue(slice_rows)
    for i, n_rows in enumerate(others):
        queue.put(f"other {i}", n_rows)
    queue.put("small", 1)
    before: dict[str, int] = defaultdict(int)
    while batch := queue.take(room):
        for part in batch:
            if part.request == "small":
                assert all(rows <= slice_rows for rows in before.values())
                return
            before[part.request] += part.stop - part.start
    raise AssertionError("the small request was never run")


@given(st.lists(ROWS, min_size=2, max_size=8), st.data())
def test_removed_request_is_not_taken_and_all_others_are(requests: list[int], data: st.DataObject) -> None:
    queue: Queue[str] = Queue(4)
    names = [f"request {i}" for i in range(len(requests))]
    for name, n_rows in zip(names, requests, strict=True):
        queue.put(name, n_rows)
    removed = data.draw(st.sampled_from(names))
    queue.remove(removed)
    taken: dict[str, int] = defaultdict(int)
    for part in queue.take(10_000):
        taken[part.request] += part.stop - part.start
    assert taken == {name: n_rows for name, n_rows in zip(names, requests, strict=True) if name != removed}
    assert not len(queue)


def test_empty_queue_gives_an_empty_batch() -> None:
    assert Queue[str](4).take(64) == []


def test_request_that_waits_alone_takes_its_turns_as_one_slice() -> None:
    queue: Queue[str] = Queue(4)
    queue.put("alone", 20)
    assert queue.take(16) == [("alone", 0, 16)]
    queue.put("other", 2)
    assert queue.take(16) == [("alone", 16, 20), ("other", 0, 2)]
