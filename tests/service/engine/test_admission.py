"""Knows the bound on work, and that whoever is refused is told when to come back. Does not know requests."""

from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.engine.admission import Admission
from service.engine.errors import Overloaded


@given(st.lists(st.integers(1, 50), max_size=30), st.integers(1, 100))
def test_no_more_is_admitted_than_the_bound_and_all_room_comes_back(requests: list[int], bound: int) -> None:
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
                assert admission.admitted <= max(bound, n_images)
    assert admission.admitted == 0


def test_a_request_larger_than_the_bound_is_admitted_when_it_is_alone() -> None:
    admission = Admission(10)
    with admission.admit(11), pytest.raises(Overloaded, match="11 images are waiting and 1 more would exceed 10"):
        admission.admit(1).__enter__()
    with admission.admit(11):
        assert admission.admitted == 11


def test_room_comes_back_after_a_failure() -> None:
    admission = Admission(10)
    with pytest.raises(ZeroDivisionError), admission.admit(10):
        raise ZeroDivisionError
    assert admission.admitted == 0


def test_the_wait_is_measured_in_whole_seconds_of_work_at_most_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("service.engine.admission.monotonic", lambda: now)
    admission = Admission(1000)

    def wait() -> int:
        with pytest.raises(Overloaded) as refused:
            admission.admit(1000).__enter__()
        return refused.value.retry_after_s

    with admission.admit(10):
        assert wait() == 1  # nothing was measured yet
        now += 1.0  # ten images a second
    with admission.admit(100):
        assert wait() == 10
    now += 1000  # idle time is no sign of slowness
    with admission.admit(1000):
        assert wait() <= 60
