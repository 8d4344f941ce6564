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
        name for name in modules if name.startswith(("digitgan.", "service.", "opentelemetry."))
    }


def importing_all_of(package: str) -> str:
    """Return a statement that imports every module of a package."""
    return (
        f"import importlib, pkgutil, {package}\n"
        f"for module in pkgutil.walk_packages({package}.__path__, '{package}.'): importlib.import_module(module.name)"
    )


@pytest.mark.parametrize(
    ("statement", "unwanted"),
    [
        (importing_all_of("digitgan"), {"service", "training", "fastapi", "starlette", "uvicorn", "torch", "onnx"}),
        (importing_all_of("training"), {"service", "fastapi", "starlette", "uvicorn"}),
        ("import digitgan; dir(digitgan)", {"numpy", "pydantic", "asyncio", "onnxruntime", "torch", "digitgan.api"}),
        (
            "import digitgan; digitgan.write; digitgan.Digits; digitgan.DigitStream; digitgan.stream",
            {"onnxruntime", "torch", "PIL"},
        ),
        ("import digitgan.contract.card, digitgan.contract.latents", {"onnxruntime", "torch", "fastapi", "starlette"}),
        ("import digitgan.formats.registry, digitgan.engine.engine", {"onnxruntime", "torch", "fastapi", "starlette"}),
        (
            "import service.http.openapi, service.http.error_handlers, service.routes.generate, service.routes.models, "
            "service.middleware.memory_limits, service.middleware.request_id, service.settings",
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
    ],
    ids=[
        "core",
        "training",
        "the package",
        "the python api",
        "card and latents",
        "engine and formats",
        "routes and their bodies",
        "the whole application",
    ],
)
def test_room_loads_nothing_that_it_must_not(statement: str, unwanted: set[str]) -> None:
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
        and not (isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING")
        and any(isinstance(node, ast.Import | ast.ImportFrom | ast.Call) for node in ast.walk(statement))
    ]
