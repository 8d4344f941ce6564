"""Runs a module of the page in node, with the modules that it imports."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.programs import skip_without

STATIC = Path(__file__).parents[3] / "service" / "static"


def node(module: str, expression: str, language: str = "en") -> Any:
    """Return the value of an expression in node that uses the exports of a module of the page, in a language."""
    program_path = skip_without("node", shows="the page's modules")
    names = re.findall(
        r"^export (?:const|class|function) (\w+)", (STATIC / module).read_text(encoding="utf-8"), re.MULTILINE
    )
    program = f"""
        import "./document.js";
        import {{ {", ".join(names)} }} from "./{module}";
        console.log(JSON.stringify({expression}));"""
    with TemporaryDirectory() as folder:
        for each in (*STATIC.glob("**/*.js"), STATIC / "messages.json"):
            copy = Path(folder) / each.relative_to(STATIC)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(each, copy)
        document = {"documentElement": {"lang": language}}
        (Path(folder) / "document.js").write_text(f"globalThis.document = {json.dumps(document)}", encoding="utf-8")
        # The page tells browsers that its files are modules; this tells node.
        (Path(folder) / "package.json").write_text('{"type": "module"}', encoding="utf-8")
        (Path(folder) / "program.js").write_text(program, encoding="utf-8")
        ended = subprocess.run(
            [program_path, "program.js"], cwd=folder, check=True, capture_output=True, text=True, timeout=280
        )
    return json.loads(ended.stdout)
