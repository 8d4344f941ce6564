"""Keys and quotas on the whole service."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from digitgan.contract.errors import CannotServe
from service.access.key_file import add_key, remove_key
from service.app import create_app
from service.http.routing import open_paths
from service.page.documents import VIEWS
from service.settings import Settings
from tests.cards import a_card, deploy
from tests.graphs import a_graph
from tests.live import live
from tests.processes import wait_until
from tests.service.problems import problem


@dataclass(frozen=True)
class Guarded:
    """A client without a key of a service that requires one, and a valid key."""

    client: httpx.Client
    key: str


def settings(folder: Path, **given: object) -> Settings:
    """Return settings of a service with a tiny model."""
    deploy(folder / "models", a_card(a_graph()), a_graph())
    return Settings.model_validate({"models_dir": folder / "models", "default_model": "tiny", "threads": 1, **given})


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("guarded")
    key = add_key(folder / "keys.json", "shop")
    with live(create_app(settings(folder, keys_file=folder / "keys.json"))) as client:
        yield Guarded(client, key)


@pytest.mark.parametrize(
    ("name", "form"),
    [("Authorization", "Bearer {}"), ("authorization", "bearer  {}"), ("X-Api-Key", "{}")],
)
def test_key_is_accepted_in_either_header(guarded: Guarded, name: str, form: str) -> None:
    answer = guarded.client.post("/generate", json={"seeds": 1}, headers={name: form.format(guarded.key)})
    assert answer.status_code == 200
    assert "ratelimit" not in answer.headers


def test_gateways_own_authorization_does_not_hide_the_key(guarded: Guarded) -> None:
    headers = {"Authorization": "Bearer the-gateways", "X-Api-Key": guarded.key}
    assert guarded.client.get("/models", headers=headers).status_code == 200


@pytest.mark.parametrize("path", ["/generate", "/models", "/images/1.png", "/latents", "/nothing"])
def test_request_without_a_key_is_refused_on_any_path(guarded: Guarded, path: str) -> None:
    answer = guarded.client.get(path)
    assert "an API key is required" in problem(answer, 401, "no-key")["detail"]
    assert answer.headers["www-authenticate"] == 'Bearer realm="digitgan"'


@pytest.mark.parametrize(
    "headers", [{"X-Api-Key": "guess"}, {"Authorization": "Bearer dgk_0123456789abcdef_" + "a" * 43}, {"X-Api-Key": ""}]
)
def test_wrong_key_is_distinguished_from_no_key(guarded: Guarded, headers: dict[str, str]) -> None:
    answer = guarded.client.post("/generate", json={"seeds": 1}, headers=headers)
    assert "the API key is not valid" in problem(answer, 401, "no-key")["detail"]
    assert answer.headers["www-authenticate"] == 'Bearer realm="digitgan", error="invalid_token"'


def test_other_authorization_schemes_carry_no_key(guarded: Guarded) -> None:
    answer = guarded.client.get("/models", headers={"Authorization": f"Basic {guarded.key}"})
    assert "an API key is required" in problem(answer, 401, "no-key")["detail"]


def test_other_protocols_get_the_error_in_their_own_format(guarded: Guarded) -> None:
    answer = guarded.client.post("/v1/images/generations", json={"prompt": "1"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "no_key")
    answer = guarded.client.get("/v2/models/tiny")
    wanted = "an API key is required, as `Authorization: Bearer KEY` or `X-Api-Key: KEY`"
    assert (answer.status_code, answer.json()) == (401, {"error": wanted})


@pytest.mark.parametrize(
    "path",
    [
        "/health/live",
        "/health/ready",
        "/v2/health/live",
        "/v2/health/ready",
        "/problems",
        "/problems/no-key",
        "/docs",
        "/",
        "/write/12%2F31",
        "/learn",
        "/page/any/shell/page.js",
    ],
)
def test_probes_and_documentation_need_no_key(guarded: Guarded, path: str) -> None:
    assert guarded.client.get(path).status_code == 200


def test_metrics_need_no_key(guarded: Guarded) -> None:
    assert guarded.client.get("/metrics").status_code != 401


@pytest.mark.parametrize(
    "path", ["/health", "/healthy/", "/metrics/x", "/docs/x", "/v2", "/x/health/live", "/HEALTH/live"]
)
def test_paths_that_resemble_open_ones_need_a_key(guarded: Guarded, path: str) -> None:
    assert guarded.client.get(path).status_code == 401


def test_exactly_the_page_and_the_routes_that_read_no_model_are_open(tmp_path: Path) -> None:
    app = create_app(settings(tmp_path))
    is_open = open_paths(app)
    paths = {
        path: path.replace("{", "").replace("}", "") for path in (getattr(each, "path", "") for each in app.routes)
    }
    assert {path for path, filled in paths.items() if is_open(filled)} == {
        *(
            "/",
            *(f"/{view}" for view in VIEWS),
            "/write/{number:path}",
            "/page/{asked}/{name:path}",
            "/service-worker.js",
        ),
        *("/problems", "/problems/{slug}"),
        *("/health/live", "/health/ready", "/v2/health/live", "/v2/health/ready", "/metrics"),
        *("/docs", "/openapi.json"),
    }
    assert is_open("/static-offline-docs/swagger-ui.css")


def test_quotas_count_requests_and_images_and_report_the_rest(tmp_path: Path) -> None:
    with live(create_app(settings(tmp_path, requests_per_minute=5, images_per_minute=30))) as client:
        answer = client.post("/generate", json={"count": 20})
        assert answer.headers["ratelimit-policy"] == '"requests";q=5;w=60, "images";q=30;w=60'
        assert answer.headers["ratelimit"].startswith('"requests";r=4;t=12, "images";r=10;t=40')
        refused = client.post("/generate", json={"count": 20})
        detail = problem(refused, 429, "quota-exceeded")["detail"]
        assert "the limit is 30 images a minute: 10 left, 20 needed" in detail
        assert 1 <= int(refused.headers["retry-after"]) <= 20
        assert '"images";r=1' in refused.headers["ratelimit"]
        for _ in range(3):
            assert client.get("/models").status_code == 200
        late = client.get("/models")
        assert "the limit is 5 requests a minute: 0 left, 1 needed" in problem(late, 429, "quota-exceeded")["detail"]
        assert int(late.headers["retry-after"]) <= 12
        assert late.headers["ratelimit"].startswith('"requests";r=0;t=')
        assert client.get("/health/live").status_code == 200


def test_candidates_of_a_data_set_count_as_images(models_dir: Path) -> None:
    with live(create_app(Settings(models_dir=models_dir, threads=1, images_per_minute=50))) as client:
        answer = client.post("/dataset", json={"count": 10, "difficulty": 4})
        assert answer.status_code == 200
        assert answer.headers["ratelimit"].startswith('"images";r=10;')


def test_images_count_only_where_they_are_made(models_dir: Path) -> None:
    app = create_app(
        Settings(models_dir=models_dir, threads=1, images_per_minute=6)
    )  # one comes back every ten seconds
    with live(app) as client:

        def left() -> int:
            return int(client.get("/models").headers["ratelimit"].split(";")[1].removeprefix("r="))

        assert client.post("/generate", json={"seeds": 1}).status_code == 200
        assert left() == 5
        tag = client.get("/images/1.png").headers["etag"]
        assert left() == 4
        assert client.get("/images/1.png", headers={"If-None-Match": tag}).status_code == 304
        assert client.head("/images/1.png").status_code == 200
        assert client.post("/generate", json={"seeds": "x"}).status_code == 422
        assert left() == 4
        lines = client.post("/generate", json={"count": 1}, headers={"Accept": "application/x-ndjson"})
        assert lines.status_code == 200
        assert left() == 3
        body = {"inputs": [{"name": "seed", "datatype": "INT64", "shape": [1], "data": [1]}]}
        assert client.post("/v2/models/digits/infer", json=body).status_code == 200
        assert left() == 2
        assert client.post("/v1/images/generations", json={"prompt": "1"}).status_code == 200
        assert left() == 1
        wanted = {"prompt": "1", "response_format": "url"}
        assert client.post("/v1/images/generations", json=wanted).status_code == 200
        assert client.post("/v1/images/generations", json=wanted | {"prompt": "1/2"}).status_code == 200
        assert left() == 1  # addresses cost nothing until a client gets them
        in_a_size = wanted | {"prompt": "1.", "size": "90x90"}  # unless the digits decide the height in the address
        assert client.post("/v1/images/generations", json=in_a_size).status_code == 200
        assert left() == 0


def test_invalid_keys_file_keeps_the_service_from_starting(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text("{")
    with pytest.raises(CannotServe, match=r"keys\.json is invalid"):
        create_app(settings(tmp_path, keys_file=tmp_path / "keys.json"))


def test_signed_address_needs_no_key_and_counts_for_its_signer(tmp_path: Path, models_dir: Path) -> None:
    key = add_key(tmp_path / "keys.json", "shop")
    served = Settings(models_dir=models_dir, keys_file=tmp_path / "keys.json", images_per_minute=5, threads=1)
    body = {"model": "dall-e-3", "prompt": "4/2", "n": 2, "seed": 7}
    with live(create_app(served)) as client:
        headers = {"Authorization": f"Bearer {key}"}
        made = client.post("/v1/images/generations", json=body, headers=headers).json()["data"]
        with live(create_app(served)) as replica:  # knows the same keys, and nothing of the first
            for one, url in ((client, made[0]["url"]), (replica, made[1]["url"])):
                address = httpx.URL(url).raw_path.decode()
                answer = one.get(address)
                assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
                assert answer.headers["ratelimit"].startswith('"images";r=3;')
                plain = one.get(address.partition("&signature")[0], headers=headers)
                assert answer.headers["etag"] == plain.headers["etag"]
                assert answer.headers["cache-control"].startswith("private, ")  # a cache would not notice the end
                assert plain.headers["cache-control"].startswith("public, ")
                for spelled in (address, address.replace("%2F", "/"), address.replace("%2F", "%2f")):
                    assert one.head(spelled).status_code == 200
                again = one.get(address, headers={"If-None-Match": answer.headers["etag"]})
                assert again.status_code == 304
        other = address.replace("/4%2F2/", "/4%2F3/")
        refused = client.get(other)
        assert "signature of this address is not valid" in problem(refused, 401, "no-key")["detail"]
        assert client.post("/generate?" + address.partition("?")[2], json={"seeds": 1}).status_code == 401
        remove_key(tmp_path / "keys.json", "shop")
        wait_until(lambda: client.get(address).status_code == 401)
