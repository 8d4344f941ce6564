"""Which model a name or a path stands for, and that `write` makes the bytes of the service."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

import digitgan
from digitgan.contract.errors import CannotServe
from tests.processes import ROOT


@pytest.mark.parametrize(
    ("model", "options", "name"),
    [
        (None, {}, "digits/1"),
        ("digits-small", {}, "digits-small/1"),
        ("digits/1", {}, "digits/1"),
        ("mlp", {"version": "1"}, "mlp/1"),
        (ROOT / "exported" / "mlp", {}, "mlp/1"),
        (str(ROOT / "exported" / "mlp" / "1"), {"version": "1"}, "mlp/1"),
    ],
)
def test_load_finds_a_model_by_name_or_path(model: Any, options: dict[str, Any], name: str) -> None:
    with digitgan.load(model, **options, threads=1) as loaded:
        assert f"{loaded.card.model}/{loaded.card.version}" == name
        assert loaded.provider == "CPUExecutionProvider"
        assert repr(loaded) == f"<Model {name}>"


@pytest.mark.parametrize(
    ("model", "options", "message"),
    [
        ("letters", {}, "^model: no model 'letters'; available models: digits, "),
        ("digits/9", {}, "^version: model 'digits' has no version '9'; available versions: 1$"),
        ("digits/1", {"version": "2"}, "^version: the model is of version '1', not '2'$"),
        ("", {}, r"^model: the folder .+ holds no model; expected card.json or <version>/card.json$"),
        ("./nowhere", {}, "^model: no model './nowhere'; give a name such as digits or digits/1, or a folder's path$"),
        ("digits", {"provider": "tpu"}, "^provider: must be 'auto', 'cpu', .* not 'tpu'$"),
        ("digits", {"threads": -1}, "^threads: must be an integer from 0 to 256, not -1$"),
        ("digits", {"version": "01"}, r"^version: must be the number of a version as text, such as '1', not '01'$"),
    ],
)
def test_load_refuses_by_the_arguments_name(model: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        digitgan.load(model, **options)


def test_load_reads_variables_as_the_command_line_does(
    models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(models_dir / "mlp", tmp_path / "mlp")
    monkeypatch.setenv("DIGITGAN_MODELS_DIR", str(tmp_path))
    monkeypatch.setenv("DIGITGAN_DEFAULT_MODEL", "mlp")
    with digitgan.load(threads=1) as model:
        assert model.card.model == "mlp"
    monkeypatch.setenv("DIGITGAN_MODELS_DIR", str(tmp_path / "nowhere"))
    with pytest.raises(CannotServe, match=r"the models folder .*nowhere does not exist"):
        digitgan.load()


def test_missing_runtime_is_an_error_with_the_command_that_installs_it() -> None:
    program = "import sys; sys.modules['onnxruntime'] = None; import digitgan; digitgan.write('7')"
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    last = ended.stderr.splitlines()[-1]
    assert "CannotServe: no ONNX runtime is installed; install one with: " in last
    assert last.endswith("'digitgan[cpu]'")


@pytest.mark.parametrize(
    ("digits", "options", "body"),
    [
        ("2026", {}, {}),
        ("2026", {"gap": 2, "scale": 3, "truncation": 0.8, "invert": True, "metadata": True}, {}),
        (["12", "345"], {"padding": 5, "metadata": True}, {}),
        ("2026", {"ink": True, "height": 90, "color": "#c00", "background": "transparent", "gap": 1}, {}),
        (["29/11", "7.5 %"], {"ink": True, "layout": "natural", "height": 60}, {}),
        ("7", {"model": "digits-small", "version": "1"}, {}),
        ("7", {"model": "digits-small/1"}, {"model": "digits-small"}),
    ],
)
def test_write_makes_the_bytes_of_the_service(
    service: httpx.Client, digits: Any, options: dict[str, Any], body: dict[str, Any]
) -> None:
    wanted = {"seeds": 7, "digits": digits, **options, **body}
    answer = service.post("/generate", json=wanted, headers={"accept": "image/png"}).raise_for_status()
    written = digitgan.write(digits, seed=7, **options)
    assert written.encode() == answer.content
    if written.address:
        assert service.get(written.address).raise_for_status().content == answer.content


def test_write_loads_a_model_once_for_all_calls() -> None:
    first, again = digitgan.write("7"), digitgan.write("7")
    assert first.seed != again.seed
    assert digitgan.write("7", seed=first.seed).encode() == first.encode()


@pytest.mark.parametrize(
    ("digits", "options"),
    [
        ("20a6", {}),
        ("1" * 65, {}),
        ([], {}),
        ("7", {"seeds": -1}),
        ("7", {"seeds": 2**53}),
        ("7", {"scale": 33}),
        ("7", {"gap": 29}),
        ("7", {"height": 111}),
        ("7", {"ink": True, "height": 27}),
        ("7", {"ink": True, "scale": 2}),
        ("7", {"color": "nvy"}),
        ("7", {"color": 7}),
        ("7", {"background": "transparent", "invert": True}),
        ("1" * 64, {"ink": True, "height": 1024}),
        ("7", {"padding": -1}),
        ("7", {"truncation": 3}),
        ("7", {"invert": 1}),
        ("7", {"metadata": "yes"}),
        ("7", {"model": "mlp"}),
        ("7", {"model": "letters"}),
        ("7", {"version": "9"}),
        ("1" * 64, {"scale": 32}),
    ],
)
def test_write_refuses_in_the_words_of_the_service(service: httpx.Client, digits: Any, options: dict[str, Any]) -> None:
    answer = service.post("/generate", json={"seeds": 7, "digits": digits, **options})
    [error] = answer.json()["errors"]
    given = {"seed" if name == "seeds" else name: value for name, value in options.items()}
    with pytest.raises(ValueError) as refused:
        digitgan.write(digits, **{"seed": 7, **given})
    pointer = error["pointer"].removeprefix("/").replace("seeds", "seed")
    assert str(refused.value) == f"{pointer}: {error['message']}"
