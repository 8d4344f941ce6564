"""The manifests keep to Kubernetes' schemas, and fit the service and each other. No cluster is run.

kubernetes-validate has the schemas of Kubernetes itself, but none of others (a Gateway's route, Prometheus' monitor).
For those, tests check that the objects that they name exist.
"""

from typing import Any

import httpx
import kubernetes_validate
import pytest

from service.settings import Settings, refuse_unknown
from tests.deploy.manifests import Manifest, needs_kubectl, rendered
from tests.programs import needs

pytestmark = needs_kubectl

BASE, PRODUCTION, GPU = "kubernetes/base", "kubernetes/overlays/production", "kubernetes/overlays/gpu"
FOLDERS = [BASE, PRODUCTION, GPU]
OF_OTHERS = {"HTTPRoute", "PrometheusRule", "ServiceMonitor"}
VERSIONS = ["1.27", kubernetes_validate.latest_version()]

each_folder = pytest.mark.parametrize("folder", FOLDERS)


def pod(folder: str) -> dict[str, Any]:
    spec: dict[str, Any] = rendered(folder)["Deployment"]["spec"]["template"]["spec"]
    return spec


def container(folder: str) -> dict[str, Any]:
    [only] = pod(folder)["containers"]
    assert isinstance(only, dict)
    return only


def settings(folder: str) -> Settings:
    """Return the settings of the pods, as the service reads them."""
    given = rendered(folder)["ConfigMap"]["data"]
    refuse_unknown(given)
    fields = {name.removeprefix("DIGITGAN_").lower(): value for name, value in given.items()}
    return Settings.model_validate({name: value for name, value in fields.items() if name in Settings.model_fields})


@needs("kubectl-oldest", shows="that the oldest kubectl renders the same")
def test_oldest_and_newest_kubectl_render_the_same() -> None:
    for folder in (*FOLDERS, "kserve"):
        assert rendered(folder, "kubectl-oldest") == rendered(folder)


@each_folder
@pytest.mark.parametrize("version", VERSIONS)
def test_objects_keep_strictly_to_their_schema(folder: str, version: str) -> None:
    for kind, manifest in rendered(folder).items():
        if kind not in OF_OTHERS:
            kubernetes_validate.validate(manifest, version, strict=True)


def test_base_has_only_objects_of_kubernetes_itself() -> None:
    assert not OF_OTHERS & rendered(BASE).keys()
    assert rendered(PRODUCTION).keys() == rendered(GPU).keys() == rendered(BASE).keys() | OF_OTHERS


@each_folder
def test_pod_has_time_to_drain_and_finish(folder: str) -> None:
    given = settings(folder)
    assert pod(folder)["terminationGracePeriodSeconds"] == given.drain_s + given.grace_s + 5
    readiness = container(folder)["readinessProbe"]
    assert readiness["periodSeconds"] * readiness["failureThreshold"] < given.drain_s


@each_folder
def test_service_answers_the_probes(folder: str, service: httpx.Client) -> None:
    ports = {each["name"]: each["containerPort"] for each in container(folder)["ports"]}
    assert ports == {"http": settings(folder).port, "admin": settings(folder).admin_port}
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        asked = container(folder)[name]["httpGet"]
        assert asked["port"] == "admin"
        assert service.get(asked["path"]).status_code == 200


@each_folder
def test_pod_is_restricted(folder: str) -> None:
    """Check the level "restricted" of the Pod Security Standards, and a read-only file system."""
    assert rendered(folder)["Namespace"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert pod(folder)["securityContext"]["runAsNonRoot"]
    assert pod(folder)["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    context = container(folder)["securityContext"]
    assert context["allowPrivilegeEscalation"] is False
    assert context["readOnlyRootFilesystem"] is True
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert not any(pod(folder).get(name) for name in ("hostNetwork", "hostPID", "hostIPC"))
    assert all(volume.keys() == {"name", "emptyDir"} for volume in pod(folder)["volumes"])


@each_folder
def test_pod_gets_its_requests_and_whole_processors(folder: str) -> None:
    resources = container(folder)["resources"]
    assert resources["requests"]["cpu"] == resources["limits"]["cpu"] == str(int(resources["limits"]["cpu"]))
    assert {"memory"} <= resources["requests"].keys() & resources["limits"].keys()


@each_folder
def test_selectors_find_the_pods(folder: str) -> None:
    objects = rendered(folder)
    labels = objects["Deployment"]["spec"]["template"]["metadata"]["labels"]
    selectors = [
        objects["Deployment"]["spec"]["selector"]["matchLabels"],
        objects["Service"]["spec"]["selector"],
        objects["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        objects["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
        *(each["labelSelector"]["matchLabels"] for each in pod(folder)["topologySpreadConstraints"]),
    ]
    assert all(selector and selector.items() <= labels.items() for selector in selectors)
    assert container(folder)["envFrom"] == [{"configMapRef": {"name": objects["ConfigMap"]["metadata"]["name"]}}]


@each_folder
def test_named_ports_exist(folder: str) -> None:
    objects = rendered(folder)
    named = {each["name"] for each in container(folder)["ports"]}
    of_service = objects["Service"]["spec"]["ports"]
    let_in = [each["port"] for rule in objects["NetworkPolicy"]["spec"]["ingress"] for each in rule["ports"]]
    assert {each["targetPort"] for each in of_service} == set(let_in) == named


def test_autoscaler_alone_sets_the_number_of_replicas() -> None:
    for folder in FOLDERS:
        objects: dict[str, Manifest] = rendered(folder)
        target = objects["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]
        assert objects[target["kind"]]["metadata"]["name"] == target["name"]
        assert "replicas" not in objects["Deployment"]["spec"]


@each_folder
def test_rollout_ends_no_pod_before_its_successor_is_ready(folder: str) -> None:
    rolling = rendered(folder)["Deployment"]["spec"]["strategy"]["rollingUpdate"]
    assert (rolling["maxUnavailable"], rolling["maxSurge"]) == (0, 1)


@each_folder
def test_drain_of_a_node_always_ends(folder: str) -> None:
    """It would not if the budget allowed no eviction with the fewest replicas, or while a pod is broken."""
    objects = rendered(folder)
    budget = objects["PodDisruptionBudget"]["spec"]
    assert 1 <= budget["maxUnavailable"] <= objects["HorizontalPodAutoscaler"]["spec"]["minReplicas"]
    assert budget["unhealthyPodEvictionPolicy"] == "AlwaysAllow"


def test_service_reports_the_metric_of_the_autoscaler(service: httpx.Client) -> None:
    [cpu] = rendered(BASE)["HorizontalPodAutoscaler"]["spec"]["metrics"]
    assert cpu["resource"]["name"] == "cpu"
    [queue] = rendered(GPU)["HorizontalPodAutoscaler"]["spec"]["metrics"]
    assert f"\n{queue['pods']['metric']['name']}{{" in service.get("/metrics").text
    assert int(queue["pods"]["target"]["averageValue"]) < settings(GPU).queue_images


@pytest.mark.parametrize("folder", [PRODUCTION, GPU])
def test_route_and_monitor_lead_to_the_service(folder: str) -> None:
    objects = rendered(folder)
    service = objects["Service"]
    ports = {each["name"]: each["port"] for each in service["spec"]["ports"]}
    for rule in objects["HTTPRoute"]["spec"]["rules"]:  # one without a backend answers 500
        assert rule["backendRefs"] == [{"name": service["metadata"]["name"], "port": ports["http"]}]
    monitor = objects["ServiceMonitor"]["spec"]
    assert monitor["selector"]["matchLabels"].items() <= service["metadata"]["labels"].items()
    assert [each["port"] for each in monitor["endpoints"]] == ["admin"]


def test_gpu_overlay_needs_a_gpu() -> None:
    assert container(GPU)["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert settings(GPU).provider == "cuda"
    assert container(GPU)["image"] == container(PRODUCTION)["image"] + "-gpu"
