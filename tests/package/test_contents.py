"""What the distributions hold: exactly the checkout's files of the package, once, under names that only it owns."""

import re
import subprocess
import sys
import tarfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path, PurePosixPath

import pytest

from digitgan import __version__
from tests.package.environments import TIMEOUT_S, without_checkout
from tests.processes import ROOT

MAX_BYTES = 20_000_000
LICENCES = ("LICENSE", "service/static/vendor/onnxruntime-web/LICENSE")
_NOT_IN_WHEELS = re.compile(
    r"exported/digits-fp16/"  # for the limit; see docs/adr/0035-package.md
    r"|exported/.*\.png$"  # for readers of the repository
    r"|.*\.c$|.*\.d\.mts$"  # for compilers and type checkers
)


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def checkout() -> dict[str, bytes]:
    """Return the tracked files that a wheel must hold, by their name in it."""
    command = ["git", "ls-files", "-z", "digitgan", "service", "training", "exported"]
    tracked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")[:-1]
    names = [name for name in tracked if not _NOT_IN_WHEELS.match(name)]
    return {f"digitgan/{name.removeprefix('digitgan/')}": (ROOT / name).read_bytes() for name in names}


def is_made(name: str) -> bool:
    return name.endswith(".abi3.so") or PurePosixPath(name).parts[0] == f"digitgan-{__version__}.dist-info"


def test_wheel_is_for_every_python_and_at_most_20_mb(wheel: Path) -> None:
    assert re.fullmatch(rf"digitgan-{re.escape(__version__)}-cp311-abi3-\w+\.whl", wheel.name)
    assert wheel.stat().st_size <= MAX_BYTES


def test_wheel_holds_the_files_of_the_checkout_and_nothing_else(wheel: Path) -> None:
    held = {name: content for name, content in contents(wheel).items() if not is_made(name)}
    assert {*held} == {*checkout()}
    assert held == checkout()


def test_wheel_holds_models_judges_sample_page_and_types(wheel: Path) -> None:
    """A list by hand, since a file that is no longer tracked would be missing in both of the above."""
    assert {
        *(f"digitgan/exported/{name}/1/model.onnx" for name in ("digits", "digits-int8", "digits-small", "mlp")),
        "digitgan/exported/digits/1/encoder.onnx",
        *(f"digitgan/exported/{name}/1/map.json" for name in ("digits", "digits-small", "mlp")),
        *(f"digitgan/judges/weights/{name}.onnx" for name in ("plain", "residual")),
        *(f"digitgan/training/sample/{part}-images-idx3-ubyte.gz" for part in ("train", "t10k")),
        "digitgan/service/static/index.html",
        "digitgan/service/static/vendor/onnxruntime-web/ort-wasm-simd-threaded.wasm.zst",
        "digitgan/py.typed",
        *(
            f"digitgan/{module}.{suffix}"
            for module in ("png/_deflate", "ink/_ink", "contract/_latents")
            for suffix in ("abi3.so", "pyi")
        ),
        *(f"digitgan-{__version__}.dist-info/licenses/{name}" for name in LICENCES),
    } <= {*contents(wheel)}


def test_wheel_unpacks_on_every_file_system(wheel: Path) -> None:
    names = [*contents(wheel)]
    assert not [name for name in names if not re.fullmatch(r"[\w.+/-]+", name, re.ASCII) or len(name) > 150]
    assert len({name.lower() for name in names}) == len(names)
    reserved = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?|.*\.", re.IGNORECASE)
    assert not [name for name in names for part in PurePosixPath(name).parts if reserved.fullmatch(part)]


def test_metadata_has_what_an_index_shows(wheel: Path) -> None:
    metadata = HeaderParser().parsestr(contents(wheel)[f"digitgan-{__version__}.dist-info/METADATA"].decode())
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert all(metadata[field] for field in ("Summary", "Author", "Keywords", "License-Expression", "Requires-Python"))
    assert {*LICENCES} <= {*metadata.get_all("License-File", [])}
    assert "Typing :: Typed" in metadata.get_all("Classifier", [])


def test_sdist_holds_what_a_build_needs_and_no_tests(sdist: Path) -> None:
    """The tests need the whole repository: its documents, benchmarks and deployments."""
    with tarfile.open(sdist) as archive:
        names = {PurePosixPath(name).relative_to(f"digitgan-{__version__}") for name in archive.getnames()}
    folders = {name.parts[0] for name in names if len(name.parts) > 1}
    assert folders == {"digitgan", "service", "training", "exported", "digitgan.egg-info"}
    assert {"digitgan/png/_deflate.c", "digitgan/ink/_ink.c", "digitgan/contract/_latents.c"} <= {
        str(name) for name in names
    }


@pytest.fixture(scope="module")
def portable(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel that the sdist gives on a machine without a compiler."""
    target = tmp_path_factory.mktemp("portable")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    environment = without_checkout() | {"CC": "false"}
    subprocess.run([*command, "-w", target, sdist], cwd=target, env=environment, check=True, timeout=TIMEOUT_S)
    [built] = target.glob("*.whl")
    return built


def test_sdist_gives_the_same_wheel_but_for_what_is_compiled(wheel: Path, portable: Path) -> None:
    compiled = {f"digitgan/{module}.abi3.so" for module in ("png/_deflate", "ink/_ink", "contract/_latents")}
    expected, built = contents(wheel), contents(portable)
    assert {*expected} - {*built} == compiled
    record = f"digitgan-{__version__}.dist-info/RECORD"
    assert {name for name in built if built[name] != expected[name]} == {record}


def test_wheel_without_compiled_modules_writes_the_same_bytes(portable: Path, tmp_path: Path) -> None:
    """The unpacked wheel hides the checkout, whose modules are compiled."""
    with zipfile.ZipFile(portable) as archive:
        archive.extractall(tmp_path / "unpacked")
    made = {}
    for name, path in (("checkout", ROOT), ("portable", tmp_path / "unpacked")):
        command = [sys.executable, "-P", "-m", "digitgan", "write", "2026", "--seed", "7", "-o", f"{name}.png"]
        subprocess.run(
            command, cwd=tmp_path, env=without_checkout() | {"PYTHONPATH": str(path)}, check=True, timeout=TIMEOUT_S
        )
        made[name] = (tmp_path / f"{name}.png").read_bytes()
    assert made["portable"] == made["checkout"]
