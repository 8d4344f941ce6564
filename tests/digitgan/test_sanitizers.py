"""Both C files pass their tests, and a fuzz of their arguments, under AddressSanitizer and UBSan."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.processes import ROOT
from tests.programs import needs

SOURCES = ("digitgan/png/_deflate.c", "digitgan/ink/_ink.c", "digitgan/contract/_latents.c")
TESTS = (
    "tests/digitgan/png/test_deflate.py",
    "tests/digitgan/ink/test_tracing.py",
    "tests/digitgan/ink/test_raster.py",
    "tests/digitgan/ink/test_paths.py",
    "tests/digitgan/contract/test_latents.py",
    "tests/digitgan/test_compiled_arguments.py",
)


@pytest.mark.slow
@needs("gcc", shows="that the C extensions keep to their memory")
def test_no_sanitizer_reports_anything(tmp_path: Path) -> None:
    include = f"-I{sysconfig.get_path('include')}"
    build = [
        "gcc",
        "-O1",
        "-g",
        "-shared",
        "-fPIC",
        "-fsanitize=address,undefined",
        "-fno-sanitize-recover=all",
        include,
    ]
    for source in SOURCES:
        subprocess.run([*build, source, "-o", str(tmp_path / f"{Path(source).stem}.so")], cwd=ROOT, check=True)
    libraries = [
        subprocess.check_output(["gcc", f"-print-file-name={name}"], text=True).strip()
        for name in ("libasan.so", "libubsan.so")
    ]
    environment = os.environ | {
        "SANITIZED": str(tmp_path),
        "LD_PRELOAD": " ".join(libraries),
        "ASAN_OPTIONS": "detect_leaks=0,allocator_may_return_null=1",  # the interpreter keeps what it allocated
        "PYTHONMALLOC": "malloc",  # so that every buffer has its own guarded memory
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.sanitized", "-p", "no:cacheprovider", *TESTS]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
