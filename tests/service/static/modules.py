"""Knows how a module of the page runs in node, with those that it imports. Does not know browsers."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

STATIC = Path(__file__).parents[3] / "service" / "static"


def node(module: str, expression: str) -> Any:
    """Return what an expression gives in node, with the names that a module of the page exports."""
    if shutil.which("node") is None and "CI" not in os.environ:
        pytest.skip("needs node; in CI, that is an error")
    names = re.findall(r"^export (?:const|function) (\w+)", (STATIC / module).read_text(encoding="utf-8"), re.MULTILINE)
    program = f"""
        import {{ {", ".join(names)} }} from "./{module}";
        console.log(JSON.stringify({expression}));"""
    with TemporaryDirectory() as folder:
        for each in STATIC.glob("*.js"):
            shutil.copy(each, folder)
        # Browsers are told by the page that its files are modules, and node by this.
        (Path(folder) / "package.json").write_text('{"type": "module"}', encoding="utf-8")
        (Path(folder) / "program.js").write_text(program, encoding="utf-8")
        ended = subprocess.run(
            ["node", "program.js"], cwd=folder, check=True, capture_output=True, text=True, timeout=60
        )
    return json.loads(ended.stdout)
