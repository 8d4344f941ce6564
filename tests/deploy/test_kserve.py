"""KServe's runtime and service fit each other and the service. KServe itself is not run."""

from pathlib import Path
from typing import Any

import httpx

from digitgan.contract.card import CONTRACT
from service.settings import Settings, refuse_unknown
from tests.deploy.manifests import needs_kubectl, rendered

pytestmark = needs_kubectl


def runtime() -> dict[str, Any]:
    spec: dict[str, Any] = rendered("kserve")["ServingRuntime"]["spec"]
    return spec


def predictor() -> dict[str, Any]:
    spec: dict[str, Any] = rendered("kserve")["InferenceService"]["spec"]["predictor"]
    return spec


def test_inference_service_requests_what_the_runtime_offers() -> None:
    model = predictor()["model"]
    assert model["runtime"] == rendered("kserve")["ServingRuntime"]["metadata"]["name"]
    [offered] = runtime()["supportedModelFormats"]
    assert model["modelFormat"].items() <= offered.items()
    assert offered["version"] == str(CONTRACT)
    assert [model["protocolVersion"]] == runtime()["protocolVersions"]


def test_container_serves_the_folder_that_kserve_fills() -> None:
    [container] = runtime()["containers"]
    assert container["name"] == "kserve-container"
    given = {each["name"]: each["value"] for each in container["env"]}
    refuse_unknown(given)
    assert Path(given["DIGITGAN_MODELS_DIR"]) == Path("/mnt/models")
    assert container["ports"][0]["containerPort"] == Settings().port
    annotations = rendered("kserve")["InferenceService"]["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == given["DIGITGAN_ADMIN_PORT"]


def test_service_answers_the_name_and_probes_of_kserve(service: httpx.Client) -> None:
    name = rendered("kserve")["InferenceService"]["metadata"]["name"]
    assert service.get(f"/v2/models/{name}/ready").json()["ready"]
    [container] = runtime()["containers"]
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert service.get(container[probe]["httpGet"]["path"]).status_code == 200


def test_pod_has_time_to_drain_and_finish() -> None:
    given = Settings()
    assert predictor()["terminationGracePeriodSeconds"] == given.drain_s + given.grace_s + 5
