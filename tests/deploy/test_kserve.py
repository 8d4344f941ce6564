"""KServe's runtime and service fit each other and the service. KServe itself is not run."""

import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import pytest

from digitgan.contract.card import CONTRACT
from service.settings import Settings, refuse_unknown
from tests.deploy.manifests import needs_kubectl, rendered

pytestmark = needs_kubectl

# What the validating webhook of KServe decides by, the same from 0.16.0 to 0.20.0:
# pkg/apis/serving/v1beta1/inference_service_validation.go and pkg/constants/constants.go of each version.
NAME = "[a-z]([-a-z0-9]*[a-z0-9])?"
AUTOSCALER_CLASSES = {"hpa", "external", "keda", "none"}
HPA_METRICS = {"cpu", "memory"}
KPA_METRICS = {"concurrency", "rps"}  # of Knative, by which every mode but Standard is judged
MODE = "serving.kserve.io/deploymentMode"
AUTOSCALER_CLASS = "serving.kserve.io/autoscalerClass"


def refusals(service: dict[str, Any]) -> list[str]:
    """Return why the webhook would refuse an InferenceService that has one predictor."""
    annotations, predictor = service["metadata"]["annotations"], service["spec"]["predictor"]
    faults = []
    if not re.fullmatch(NAME, service["metadata"]["name"]):
        faults.append("name")
    if annotations.get(AUTOSCALER_CLASS, "none") not in AUTOSCALER_CLASSES:
        faults.append("autoscaler class")
    if "name" in predictor["model"]:
        faults.append("name of a model")
    if annotations.get(MODE) != "Standard":
        if predictor.get("scaleMetric", "concurrency") not in KPA_METRICS:
            faults.append("metric of Knative")
    elif annotations.get(AUTOSCALER_CLASS) == "hpa":
        if predictor.get("scaleMetric", "cpu") not in HPA_METRICS:
            faults.append("metric")
        if not 1 <= predictor.get("scaleTarget", 70) <= 100:
            faults.append("percentage")
    elif annotations.get(AUTOSCALER_CLASS) == "keda" and "scaleMetric" in predictor:
        faults.append("metric of KEDA")
    return faults


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


def test_webhook_accepts_the_inference_service() -> None:
    assert refusals(rendered("kserve")["InferenceService"]) == []


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (("metadata", "annotations", MODE), "RawDeployment", "metric of Knative"),  # its name before 0.16
        (("metadata", "annotations", AUTOSCALER_CLASS), "keda", "metric of KEDA"),
        (("spec", "predictor", "scaleMetric"), "rps", "metric"),
        (("spec", "predictor", "scaleTarget"), 512, "percentage"),
    ],
)
def test_webhook_refuses_other_ways_to_scale(path: tuple[str, ...], value: object, fault: str) -> None:
    service = deepcopy(rendered("kserve")["InferenceService"])
    parent = service
    for name in path[:-1]:
        parent = parent[name]
    parent[path[-1]] = value
    assert refusals(service) == [fault]


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
