"""Knows what each room may load, seen in fresh interpreters. Does not know why anything is imported.

import-linter reads the source; this sees what runs, re-exports and lazy imports included.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_WHERE_TRACES_ARE_WANTED = {"opentelemetry.sdk", "opentelemetry.exporter"}
ROOMS = sorted(path.relative_to(ROOT) for path in (ROOT / "service").rglob("__init__.py"))


def loaded(statement: str) -> set[str]:
    """Return the packages that a statement leaves loaded, and the modules of those that have several parts."""
    program = f"{statement}\nimport sys\nprint(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    modules = ended.stdout.split()
    return {name.partition(".")[0] for name in modules} | {
        name for name in modules if name.startswith(("service.", "opentelemetry."))
    }


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        ("import digitgan.contract.card, digitgan.contract.latents", {"onnxruntime", "torch", "fastapi", "starlette"}),
        ("import digitgan.formats.registry, digitgan.engine.engine", {"onnxruntime", "torch", "fastapi", "starlette"}),
        (
            "import service.schemas, service.problems, service.routes.generate, service.routes.models, "
            "service.middleware.body_limit, service.middleware.request_id, service.settings",
            {
                "onnxruntime",
                "torch",
                "training",
                "digitgan.engine.generator",
                "digitgan.engine.providers",
                "service.app",
            },
        ),
        (
            "from pathlib import Path\n"
            "from service.app import create_app\n"
            "from service.settings import Settings\n"
            "create_app(Settings(models_dir=Path('exported')))",
            {
                "torch",
                "training",
                "onnx",
                "PIL",
                "scipy",
                "matplotlib",
                "service.command_line.cli",
                *_WHERE_TRACES_ARE_WANTED,
            },
        ),
    ],
    ids=["card and latents", "engine and rendering", "routes and their bodies", "the whole application"],
)
def test_a_room_does_not_load_what_it_must_not_know(statement: str, unwanted: set[str]) -> None:
    assert not loaded(statement) & unwanted


@pytest.mark.parametrize("path", ROOMS, ids=str)
def test_importing_a_room_runs_nothing_else(path: Path) -> None:
    nodes = ast.walk(ast.parse((ROOT / path).read_text()))
    assert not any(isinstance(node, ast.Import | ast.ImportFrom | ast.Call) for node in nodes)
