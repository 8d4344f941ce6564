"""The size, the names and the tests of the modules."""

from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
PACKAGES = ("digitgan", "service", "training")
MODULES = sorted(
    path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py") if path.stem != "__init__"
)
# Modules that are tested by the test of another module, and that test; `*` stands for a whole room.
TESTED_ELSEWHERE = {
    "digitgan/cli/command.py": "tests/digitgan/cli/test_tree.py",
    "digitgan/cli/exits.py": "tests/digitgan/cli/test_tree.py",
    "digitgan/cli/pictures.py": "tests/digitgan/cli/test_write.py",
    "digitgan/cli/program.py": "tests/digitgan/cli/test_tree.py",
    "digitgan/contract/limits.py": "tests/digitgan/request/test_fields.py",
    "digitgan/engine/backend.py": "tests/digitgan/engine/test_engine.py",
    "digitgan/formats/pillow.py": "tests/digitgan/formats/test_registry.py",
    "service/cli/deployment.py": "tests/service/cli/test_check.py",
    "service/cli/environment.py": "tests/digitgan/cli/test_tree.py",
    "service/cli/inspection.py": "tests/service/cli/test_inspect.py",
    "service/http/services.py": "tests/service/http/test_answers.py",
    "service/process/uvicorn_servers.py": "tests/service/process/test_uvicorn_adapter.py",
    "training/benchmark/documents.py": "tests/docs/test_quality.py",
    "training/choices.py": "tests/training/test_device.py",
    "training/cli/*": "tests/digitgan/cli/test_tree.py",
    "training/drawing/page.py": "tests/training/test_report.py",
    "training/drawing/replay.py": "tests/training/test_report.py",
    "training/errors.py": "tests/training/test_run.py",
    "training/judging.py": "tests/training/test_other_data.py",
    "training/launch.py": "tests/training/studies/test_stacks.py",
    "training/metrics/method.py": "tests/training/test_evaluate.py",
    "training/networks/base.py": "tests/training/graphs/test_folding.py",
    "training/networks/keras.py": "tests/training/networks/test_mlp.py",
    "training/recipes/*": "tests/training/recipes/test_catalogue.py",
    "training/state.py": "tests/training/test_trainer.py",
}


def test_modules_have_at_most_400_lines() -> None:
    assert not {path: lines for path in MODULES if (lines := n_lines(path)) > 400}


def test_modules_of_median_length_have_80_to_200_lines() -> None:
    assert 80 <= median(map(n_lines, MODULES)) <= 200


def test_modules_are_named_by_what_they_hold() -> None:
    assert not [path for path in MODULES if path.stem in {"utils", "helpers", "common", "misc"}]


def test_modules_have_a_test_of_the_same_name() -> None:
    assert not [path for path in MODULES if path.stem != "__main__" and not is_tested(path)]


def test_exceptions_name_modules_without_a_test_and_tests_that_exist() -> None:
    needless = [pattern for pattern in TESTED_ELSEWHERE if all(map(has_mirror, ROOT.glob(pattern)))]
    assert not needless
    assert not [test for test in TESTED_ELSEWHERE.values() if not (ROOT / test).exists()]


def n_lines(path: Path) -> int:
    return len((ROOT / path).read_text(encoding="utf-8").splitlines())


def is_tested(path: Path) -> bool:
    return has_mirror(ROOT / path) or any(path.match(pattern) for pattern in TESTED_ELSEWHERE)


def has_mirror(path: Path) -> bool:
    inside = path.relative_to(ROOT)
    return (ROOT / "tests" / inside.parent / f"test_{path.name}").exists()
