"""The RayService keeps to KubeRay's schema, its pods to Kubernetes', and both fit the files of deploy/ray/.

KubeRay itself is not run. `tests/cluster` checks that nodes answer the pods' probes.
"""

import re
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from service.settings import refuse_unknown
from tests.deploy import kuberay
from tests.deploy.manifests import DEPLOY, needs_kubectl, rendered
from tests.programs import needs

pytestmark = needs_kubectl

RAY = DEPLOY / "ray"


def cluster() -> dict[str, Any]:
    spec: dict[str, Any] = rendered("ray")["RayService"]["spec"]["rayClusterConfig"]
    return spec


def pods() -> list[dict[str, Any]]:
    return [group["template"]["spec"] for group in (cluster()["headGroupSpec"], *cluster()["workerGroupSpecs"])]


@needs("kubectl-oldest", shows="that the oldest kubectl renders the same")
def test_oldest_kubectl_renders_the_same() -> None:
    assert rendered("ray", "kubectl-oldest") == rendered("ray")


def test_ray_service_keeps_to_its_schema() -> None:
    kuberay.validate(rendered("ray")["RayService"])


def test_schema_refuses_unknown_fields_and_wrong_values() -> None:
    service = rendered("ray")["RayService"]
    spec = service["spec"]
    for wrong in ({"serveConfig": ""}, {"rayClusterConfig": {**cluster(), "authOptions": {"mode": "password"}}}):
        with pytest.raises(jsonschema.ValidationError):
            kuberay.validate({**service, "spec": {**spec, **wrong}})


@pytest.mark.parametrize("version", ["1.27", kubernetes_validate.latest_version()])
def test_pods_keep_to_their_schema(version: str) -> None:
    for spec in pods():
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "node"}, "spec": spec}
        kubernetes_validate.validate(pod, version, strict=True)


def test_service_and_nodes_have_the_settings_of_the_recipe() -> None:
    assert yaml.safe_load(rendered("ray")["RayService"]["spec"]["serveConfigV2"]) == yaml.safe_load(
        (RAY / "serve.yaml").read_text()
    )
    settings = rendered("ray")["ConfigMap"]
    assert settings["data"] == dict(re.findall(r"^(\w+)=(.*)$", (RAY / "node.env").read_text(), re.MULTILINE))
    for spec in pods():
        [container] = spec["containers"]
        assert container["envFrom"] == [{"configMapRef": {"name": settings["metadata"]["name"]}}]
        given = {each["name"]: each["value"] for each in container["env"]}
        refuse_unknown(given)
        assert given["DIGITGAN_MODELS_DIR"] == models_of_the_image()


def models_of_the_image() -> str:
    """Return the models folder of the image."""
    [folder] = re.findall(r"^ENV .*DIGITGAN_MODELS_DIR=(\S+)", (DEPLOY.parent / "Dockerfile").read_text(), re.MULTILINE)
    return str(folder)


def test_cluster_admits_only_who_has_the_token() -> None:
    assert cluster()["authOptions"]["mode"] == "token"
    [named] = re.findall(r"create secret generic (\S+) --from-literal=auth_token=", deploying())
    assert cluster()["authOptions"]["secretName"] == named


def deploying() -> str:
    return (Path(__file__).parents[2] / "docs" / "deploying.md").read_text()


def test_image_has_the_version_of_ray_that_the_service_names() -> None:
    pins = (DEPLOY.parent / "requirements" / "extra-ray.txt").read_text()
    assert re.search(rf"^ray\[.+\]=={re.escape(cluster()['rayVersion'])} ", pins, re.MULTILINE)


def test_pods_are_restricted() -> None:
    """Check the level "restricted" of the Pod Security Standards, and a read-only file system."""
    for spec in pods():
        assert spec["securityContext"]["runAsNonRoot"]
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        [container] = spec["containers"]
        context = container["securityContext"]
        assert context["allowPrivilegeEscalation"] is False
        assert context["readOnlyRootFilesystem"] is True
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert all("emptyDir" in volume for volume in spec["volumes"])


def test_workers_have_room_for_every_replica() -> None:
    [application] = yaml.safe_load((RAY / "serve.yaml").read_text())["applications"]
    [deployment] = application["deployments"]
    room = 0
    for group in cluster()["workerGroupSpecs"]:
        [container] = group["template"]["spec"]["containers"]
        room += group["replicas"] * int(container["resources"]["limits"]["cpu"])
    needed = deployment["autoscaling_config"]["max_replicas"] * deployment["ray_actor_options"]["num_cpus"]
    assert room >= needed
    assert cluster()["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
