"""A plan is made only where the simulation agrees with real workers."""

import pytest

from bench.capacity import Check, refuse


def check(workers: int, real_p99: float, simulated_p99: float) -> Check:
    return Check(workers, requests_per_s=100, real=(0.005, real_p99), simulated=(0.003, simulated_p99))


def test_simulation_close_to_real_workers_is_accepted() -> None:
    refuse([check(1, 0.110, 0.103), check(2, 0.076, 0.099)])  # the figures in docs/scaling.md


@pytest.mark.parametrize(("real", "simulated"), [(0.200, 0.100), (0.100, 0.200)])
def test_plan_is_refused_when_either_check_is_off_by_half(real: float, simulated: float) -> None:
    with pytest.raises(SystemExit, match=r"^no plan: with 2 workers, .* differ by a factor of 2\.0; at most 1\.5"):
        refuse([check(1, 0.1, 0.1), check(2, real, simulated)])


def test_plan_is_refused_when_only_p50_is_far_off() -> None:
    busy = Check(2, requests_per_s=69, real=(0.039, 0.377), simulated=(0.009, 0.307))
    with pytest.raises(SystemExit, match=r"simulated p50 differ by a factor of 4\.3; at most 2\.5 is accepted"):
        refuse([check(1, 0.1, 0.1), busy])
