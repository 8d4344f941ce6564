"""Admission keeps its bound, is fair to those who wait, and tells refused requests when to retry."""

import asyncio
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.contract.errors import Overloaded
from digitgan.engine.admission import Admission


@given(st.lists(st.integers(1, 50), max_size=30), st.integers(1, 100))
def test_admission_keeps_its_bound_and_releases_all_room(requests: list[int], bound: int) -> None:
    admission = Admission(bound)
    with ExitStack() as held:
        for n_images in requests:
            before = admission.admitted
            try:
                held.enter_context(admission.admit(n_images))
            except Overloaded:
                assert before + n_images > bound
                assert admission.admitted == before
            else:
                assert admission.admitted <= max(bound, n_images) + bound // 8
    assert admission.admitted == 0


def test_request_larger_than_the_bound_is_admitted_when_it_is_alone() -> None:
    admission = Admission(10)
    with (
        admission.admit(11),
        pytest.raises(Overloaded, match="11 images are waiting; 1 more would exceed the limit of 10"),
    ):
        admission.admit(1).__enter__()
    with admission.admit(11):
        assert admission.admitted == 11


def test_small_requests_have_room_of_their_own() -> None:
    admission = Admission(640)
    with ExitStack() as held:
        for _ in range(2):
            held.enter_context(admission.admit(320))
        for _ in range(8):
            held.enter_context(admission.admit(10))
        for n_images in (10, 11):
            with pytest.raises(Overloaded, match="720 images are waiting"):
                admission.admit(n_images).__enter__()
    with admission.admit(10), admission.admit(640):  # and take no room from the others
        assert admission.admitted == 650


def test_chunks_that_wait_for_their_turn_do_not_shut_out_small_requests() -> None:
    async def run() -> None:
        admission, done = Admission(640), list[int]()
        with admission.admit(640):
            waiting = [asyncio.create_task(in_turn(admission, 256, done)) for _ in range(20)]
            await settle()
            with admission.admit(10):
                assert admission.admitted == 650
            with pytest.raises(Overloaded):
                admission.admit(11).__enter__()
        await asyncio.gather(*waiting)
        assert (len(done), admission.admitted) == (20, 0)

    asyncio.run(run())


def test_room_is_released_after_an_error() -> None:
    admission = Admission(10)
    with pytest.raises(ZeroDivisionError), admission.admit(10):
        raise ZeroDivisionError
    assert admission.admitted == 0


def test_retry_after_is_whole_seconds_of_work_and_at_most_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("digitgan.engine.admission.monotonic", lambda: now)
    admission = Admission(1000)

    def wait() -> int:
        with pytest.raises(Overloaded) as refused:
            admission.admit(1000).__enter__()
        return refused.value.retry_after_s

    with admission.admit(20):
        assert wait() == 1  # nothing was measured yet
        now += 2.0  # ten images a second
    with admission.admit(100):
        assert wait() == 10
    now += 1000  # idle time must not count as slowness
    with admission.admit(1000):
        assert wait() <= 60


async def in_turn(admission: Admission, n_images: int, done: list[int]) -> None:
    async with admission.admit_in_turn(n_images):
        done.append(n_images)


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_waiting_requests_are_admitted_first_come_first_served() -> None:
    async def test() -> None:
        admission, done = Admission(10), list[int]()
        with admission.admit(8):
            waiting = [asyncio.create_task(in_turn(admission, n, done)) for n in (5, 1, 2)]
            await settle()
            assert not done  # the request of 1 would fit, but is not the first
        await asyncio.gather(*waiting)
        assert done == [5, 1, 2]
        assert admission.admitted == 0

    asyncio.run(test())


def test_new_requests_are_refused_while_others_wait_for_that_room() -> None:
    async def test() -> None:
        admission, done = Admission(10), list[int]()
        with admission.admit(6):
            waiting = asyncio.create_task(in_turn(admission, 5, done))
            await settle()
            with pytest.raises(Overloaded, match="11 images are waiting"):
                admission.admit(1).__enter__()
        await waiting
        assert done == [5]

    asyncio.run(test())


def test_waiting_request_larger_than_the_bound_is_admitted_alone() -> None:
    async def test() -> None:
        admission, done = Admission(10), list[int]()
        with admission.admit(1):
            waiting = asyncio.create_task(in_turn(admission, 50, done))
            await settle()
            assert not done
        await waiting
        assert done == [50]

    asyncio.run(test())


@pytest.mark.parametrize("when", ["while waiting", "when admitted"])
def test_cancelled_request_holds_no_room_and_delays_no_other(when: str) -> None:
    async def test() -> None:
        admission, done = Admission(10), list[int]()
        with admission.admit(8):
            leaving, staying = (asyncio.create_task(in_turn(admission, n, done)) for n in (5, 2))
            await settle()
            if when == "while waiting":
                leaving.cancel()
                await settle()
                assert done == [2]
        leaving.cancel()
        await asyncio.wait([leaving, staying])
        assert leaving.cancelled()
        assert done == [2]
        assert admission.admitted == 0

    asyncio.run(test())
