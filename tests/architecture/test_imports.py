"""What each room loads, seen in fresh interpreters.

import-linter reads the source. These tests see what runs, re-exports and lazy imports included.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_WHERE_TRACES_ARE_WANTED = {"opentelemetry.sdk", "opentelemetry.exporter"}


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
            "import service.http.openapi, service.http.error_handlers, service.routes.generate, service.routes.models, "
            "service.middleware.body_limit, service.middleware.request_id, service.settings",
            {
                "onnxruntime",
                "torch",
                "training",
                "digitgan.engine.onnx_backend",
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
                "service.cli.serve",
                *_WHERE_TRACES_ARE_WANTED,
            },
        ),
        (
            "import pkgutil\nfrom importlib import import_module\nimport training\n"
            "for each in pkgutil.walk_packages(training.__path__, 'training.'):\n"
            "    if not each.name.endswith('__main__'):\n"
            "        import_module(each.name)",
            {"service", "fastapi", "starlette", "uvicorn"},
        ),
    ],
    ids=[
        "card and latents",
        "engine and formats",
        "routes and their bodies",
        "the whole application",
        "all of training",
    ],
)
def test_room_does_not_load_what_it_must_not_know(statement: str, unwanted: set[str]) -> None:
    assert not loaded(statement) & unwanted


def test_packages_run_nothing_when_they_are_imported() -> None:
    rooms = {
        path.relative_to(ROOT): ast.parse(path.read_text(encoding="utf-8")).body
        for package in ("digitgan", "service", "training")
        for path in (ROOT / package).rglob("__init__.py")
    }
    assert not [
        path
        for path, statements in rooms.items()
        for statement in statements
        if not isinstance(statement, ast.FunctionDef)
        and any(isinstance(node, ast.Import | ast.ImportFrom | ast.Call) for node in ast.walk(statement))
    ]
