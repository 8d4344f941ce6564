"""What clients learn about the models, and how they get their files."""

import hashlib
from pathlib import Path

import httpx
import pytest

from digitgan.contract.card import ENCODER_FILE, MODEL_FILE, read_card
from digitgan.contract.hand_map import HandMap
from service.app import create_app
from service.settings import Settings
from tests.cards import CLOTHES, a_card, deploy
from tests.graphs import a_graph
from tests.live import live
from tests.service.problems import problem


def test_the_list_names_every_model_and_the_default(service: httpx.Client, models_dir: Path) -> None:
    answer = service.get("/models").json()
    assert answer["default_model"] == "digits"
    listed = {each["model"]: each for each in answer["models"]}
    assert list(listed) == sorted(path.name for path in models_dir.iterdir())
    assert (listed["digits"]["n_classes"], listed["mlp"]["n_classes"]) == (10, 0)
    assert (listed["digits"]["precision"], listed["digits"]["variant_of"]) == ("fp32", None)


@pytest.mark.parametrize("model", ["digits", "mlp"])
def test_a_model_is_described_with_its_card(service: httpx.Client, models_dir: Path, model: str) -> None:
    answer = service.get(f"/models/{model}").json()
    card = read_card(models_dir / model / answer["version"])
    assert answer["card"] == card.model_dump(mode="json")
    assert answer["provider"] == "CPUExecutionProvider"
    assert answer["reproduces_card"] is True
    assert service.get(f"/models/{model}/{answer['version']}").json() == answer


@pytest.mark.parametrize(("path", "pointer"), [("/models/letters", "/model"), ("/models/digits/99", "/version")])
def test_an_unknown_model_or_version_is_not_found(service: httpx.Client, path: str, pointer: str) -> None:
    answer = service.get(path)
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/unknown-model"
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_the_list_names_the_original_of_a_variant(tmp_path: Path) -> None:
    original = {"model": "tiny", "version": "1", "sha256": "a" * 64}
    content = a_graph()
    deploy(tmp_path, a_card(content), content)
    deploy(tmp_path, a_card(content, model="tiny-int8", precision="int8", variant_of=original), content)
    with live(create_app(Settings(models_dir=tmp_path, default_model="tiny"))) as client:
        listed = {each["model"]: each for each in client.get("/models").json()["models"]}
    assert (listed["tiny"]["precision"], listed["tiny"]["variant_of"]) == ("fp32", None)
    assert (listed["tiny-int8"]["precision"], listed["tiny-int8"]["variant_of"]) == ("int8", original)


def test_the_list_has_no_refused_versions_of_good_models(service: httpx.Client) -> None:
    assert service.get("/models").json()["refused"] == []


def test_the_file_of_a_model_is_immutable_and_tagged_by_checksum(service: httpx.Client, models_dir: Path) -> None:
    for each in service.get("/models").json()["models"]:
        answer = service.get(each["file_url"])
        assert answer.content == (models_dir / each["model"] / each["version"] / MODEL_FILE).read_bytes()
        assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-type"] == "application/octet-stream"


def test_head_and_a_current_tag_get_no_file(service: httpx.Client) -> None:
    path = "/models/mlp/1/model.onnx"
    head = service.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) == len(service.get(path).content)
    again = service.get(path, headers={"If-None-Match": head.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == head.headers["etag"]


def test_the_encoder_is_named_by_every_model_that_it_reads_for(service: httpx.Client, models_dir: Path) -> None:
    models = {each["model"]: each["encoder"] for each in service.get("/models").json()["models"]}
    digits = service.get("/models/digits/1").json()["card"]
    own = {"model": "digits", "version": "1", "sha256": digits["file"]["sha256"]}
    assert models == {"digits": own, "digits-fp16": own, "digits-int8": own, "digits-small": own, "mlp": None}
    answer = service.get("/models/digits/1/encoder.onnx")
    assert answer.content == (models_dir / "digits" / "1" / ENCODER_FILE).read_bytes()
    assert answer.headers["etag"] == f'"{digits["encoder"]["file"]["sha256"]}"'
    assert answer.headers["cache-control"] == "no-cache"  # a version may get a better encoder
    again = service.get("/models/digits/1/encoder.onnx", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    told = problem(service.get("/models/digits-small/1/encoder.onnx"), 404, "not-found")
    assert told["detail"] == "digits-small 1 has no encoder of its own"


def test_a_map_of_hands_is_given_and_named_by_the_variants_too(service: httpx.Client, models_dir: Path) -> None:
    models = {each["model"]: each["map_url"] for each in service.get("/models").json()["models"]}
    own = {name: f"/models/{name}/1/map.json" for name in ("digits", "digits-small", "mlp")}
    assert models == own | dict.fromkeys(("digits-fp16", "digits-int8"), own["digits"])
    for path in own.values():
        answer = service.get(path)
        assert answer.content == (models_dir / path.removeprefix("/models/")).read_bytes()
        assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("application/json", "no-cache")
        assert HandMap.model_validate_json(answer.content).columns == 64
        again = service.get(path, headers={"If-None-Match": answer.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
    told = problem(service.get("/models/digits-fp16/1/map.json"), 404, "not-found")
    assert told["detail"] == "digits-fp16 1 has no map of its own"
    problem(service.get("/models/digits/99/map.json"), 404, "unknown-model")


def test_a_changed_file_is_not_given_out_for_the_served_one(tmp_path: Path) -> None:
    content = a_graph()
    folder = deploy(tmp_path, a_card(content), content)
    with live(create_app(Settings(models_dir=tmp_path, default_model="tiny"))) as client:
        assert client.get("/models/tiny/1/model.onnx").content == content
        (folder / MODEL_FILE).write_bytes(content[::-1])
        told = problem(client.get("/models/tiny/1/model.onnx"), 404, "not-found")
        assert str(tmp_path) not in told["detail"]
        (folder / MODEL_FILE).unlink()
        problem(client.get("/models/tiny/1/model.onnx"), 404, "not-found")
        problem(client.get("/models/tiny/99/model.onnx"), 404, "unknown-model")


def test_no_files_are_given_out_if_the_setting_forbids_it(models_dir: Path) -> None:
    with live(create_app(Settings(models_dir=models_dir, model_files=False, threads=1))) as client:
        assert {each["file_url"] for each in client.get("/models").json()["models"]} == {None}
        problem(client.get("/models/digits/1/model.onnx"), 404, "not-found")
        problem(client.get("/models/digits/1/encoder.onnx"), 404, "not-found")
        assert client.get("/models/digits/1/map.json").status_code == 200  # seeds, and no weights
        assert not [path for path in client.get("/openapi.json").json()["paths"] if path.endswith(".onnx")]


def test_list_has_the_names_of_classes_where_they_are_no_numbers(clothes: httpx.Client, service: httpx.Client) -> None:
    [named] = clothes.get("/models").json()["models"]
    assert named["map_url"] is None
    assert named["class_names"] == CLOTHES
    assert all("class_names" not in each for each in service.get("/models").json()["models"])
