"""The chart renders the objects of the kustomize overlays, and its values reach the service. No cluster is run."""

import subprocess
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from service.settings import Settings, refuse_unknown
from tests.deploy.manifests import DEPLOY, Manifest, needs_kubectl, objects_of, rendered, run
from tests.docs.examples import examples
from tests.programs import find, needs

CHART = DEPLOY / "helm" / "digitgan"
GPU = ("--values", str(CHART / "values-gpu.yaml"))
# What the chart adds: labels of Helm. Selectors have the first, so that two releases share a namespace.
OF_HELM = {
    "app.kubernetes.io/instance",
    "app.kubernetes.io/managed-by",
    "app.kubernetes.io/version",
    "helm.sh/chart",
}
EVERYTHING = """
image: {pullSecrets: [registry]}
settings:
  DIGITGAN_BODY_MEMORY_BYTES: 268435456
  DIGITGAN_REQUEST_TIMEOUT_S: 0.5
  DIGITGAN_ACCESS_LOG: true
  DIGITGAN_DRAIN_S: 7.5
  DIGITGAN_GRACE_S: 40
keys: {secret: digitgan-keys}
models: {claim: digitgan-models}
autoscaling: {enabled: false}
replicas: 3
networkPolicy:
  egress: [{ports: [{port: 4318}]}]
ingress: {enabled: true, className: nginx, annotations: {a.example/b: c}, tlsSecret: digitgan-tls}
serviceMonitor: {enabled: true, labels: {release: prometheus}}
podAnnotations: {a.example/b: c}
nodeSelector: {kubernetes.io/arch: amd64}
affinity: {nodeAffinity: {}}
"""

needs_helm = needs("helm", shows="that the chart is valid and equals the manifests")
needs_oldest = needs("helm-oldest", shows="that the oldest Helm renders the same chart")
pytestmark = needs_helm
each_helm = pytest.mark.parametrize("helm", ["helm", pytest.param("helm-oldest", marks=needs_oldest)])


@cache
def chart(*options: str, helm: str = "helm") -> dict[str, Manifest]:
    """Return the chart's objects by kind."""
    return objects_of(run(helm, "template", "digitgan", str(CHART), "--namespace", "digitgan", *options))


@pytest.fixture
def everything(tmp_path: Path) -> tuple[str, str]:
    """Return the options of a release that has almost everything that values can add."""
    (tmp_path / "values.yaml").write_text(EVERYTHING)
    return "--values", str(tmp_path / "values.yaml")


def container(objects: dict[str, Manifest]) -> dict[str, Any]:
    [only] = objects["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert isinstance(only, dict)
    return only


def environment(objects: dict[str, Manifest]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container(objects)["env"]}


def mappings(thing: object) -> Iterator[dict[str, Any]]:
    """Yield all mappings in an object."""
    if isinstance(thing, dict):
        yield thing
    for each in thing.values() if isinstance(thing, dict) else thing if isinstance(thing, list) else ():
        yield from mappings(each)


def comparable(objects: dict[str, Manifest]) -> dict[str, Manifest]:
    """Return objects without what Helm and kustomize do each in their own way.

    Helm has a namespace and labels of a release, and the chart gives settings to the container itself. kustomize gives
    them in a ConfigMap, whose name has a hash.
    """
    objects = deepcopy(objects)
    objects.pop("Namespace", None)
    if "ConfigMap" in objects:
        source = container(objects).pop("envFrom")
        assert source == [{"configMapRef": {"name": objects["ConfigMap"]["metadata"]["name"]}}]
        given = objects.pop("ConfigMap")["data"]
        container(objects)["env"] = [{"name": name, "value": value} for name, value in sorted(given.items())]
    for each in mappings(objects):
        for name in OF_HELM & each.keys():
            del each[name]
    for each in objects.values():
        each["metadata"].pop("namespace", None)
    return objects


@needs_kubectl
@pytest.mark.parametrize(
    ("folder", "options"),
    [
        ("kubernetes/base", ()),
        ("kubernetes/overlays/production", ("--set", "httpRoute.enabled=true,serviceMonitor.enabled=true")),
        ("kubernetes/overlays/gpu", (*GPU, "--set", "httpRoute.enabled=true,serviceMonitor.enabled=true")),
    ],
)
def test_chart_renders_the_objects_of_the_overlay(folder: str, options: tuple[str, ...]) -> None:
    assert comparable(chart(*options)) == comparable(rendered(folder))


@each_helm
def test_helm_finds_no_fault(helm: str, everything: tuple[str, str]) -> None:
    for options in ((), GPU, everything):
        run(helm, "lint", "--strict", str(CHART), *options)


@needs_oldest
def test_oldest_and_newest_helm_render_the_same(everything: tuple[str, str]) -> None:
    for options in ((), GPU, everything):
        assert chart(*options, helm="helm-oldest") == chart(*options)


@pytest.mark.parametrize("version", ["1.27", kubernetes_validate.latest_version()])
def test_objects_of_all_values_keep_strictly_to_their_schema(everything: tuple[str, str], version: str) -> None:
    objects = chart(*everything)
    assert {"Ingress", "NetworkPolicy", "ServiceMonitor"} <= objects.keys()
    for kind, manifest in objects.items():
        if kind not in ("PrometheusRule", "ServiceMonitor"):
            kubernetes_validate.validate(manifest, version, strict=True)


def test_settings_reach_the_service_as_they_are_written(everything: tuple[str, str]) -> None:
    given = environment(chart(*everything))
    assert given["DIGITGAN_BODY_MEMORY_BYTES"] == "268435456"  # Helm's own text is 2.68435456e+08
    refuse_unknown(given)
    fields = {name.removeprefix("DIGITGAN_").lower(): value for name, value in given.items()}
    read = Settings.model_validate({name: value for name, value in fields.items() if name in Settings.model_fields})
    assert (read.drain_s, read.grace_s, read.request_timeout_s, read.access_log) == (7.5, 40, 0.5, True)
    spec = chart(*everything)["Deployment"]["spec"]
    assert spec["replicas"] == 3
    assert spec["template"]["spec"]["terminationGracePeriodSeconds"] == 53  # 7.5 + 40 + 5, in whole seconds


def test_keys_and_models_are_mounted_where_the_service_reads_them(everything: tuple[str, str]) -> None:
    objects = chart(*everything)
    pod = objects["Deployment"]["spec"]["template"]["spec"]
    mounts = {each["name"]: each for each in container(objects)["volumeMounts"]}
    assert mounts["keys"]["readOnly"] is mounts["models"]["readOnly"] is True
    assert Path(environment(objects)["DIGITGAN_KEYS_FILE"]) == Path(mounts["keys"]["mountPath"], "keys.json")
    assert mounts["models"]["mountPath"] == "/models"  # where the image has its own
    assert pod["securityContext"]["fsGroup"] == pod["securityContext"]["runAsGroup"]
    volumes = {each["name"]: each for each in pod["volumes"]}
    assert volumes["keys"]["secret"]["secretName"] == "digitgan-keys"
    assert volumes["models"]["persistentVolumeClaim"]["claimName"] == "digitgan-models"


def test_documented_command_renders_with_the_documented_values(tmp_path: Path) -> None:
    blocks = [*examples(["docs/deploying.md"])]
    [values] = [each.text for each in blocks if each.title == "digitgan-values.yaml"]
    lines = [line for each in blocks for line in each.text.splitlines()]
    [command] = [line for line in lines if line.startswith("helm upgrade --install ")]
    (tmp_path / "digitgan-values.yaml").write_text(values)
    words = command.replace("deploy/helm", str(DEPLOY / "helm")).split()
    words[1:3] = ["template"]
    objects = objects_of(run(*words, folder=tmp_path))
    assert objects["HTTPRoute"]["spec"]["hostnames"] == ["digits.your.example"]
    assert container(objects)["image"].startswith("your.registry/")


def test_two_releases_share_a_namespace() -> None:
    one, other = (objects_of(run("helm", "template", name, str(CHART))) for name in ("one", "other"))
    for kind in one:
        assert (one[kind]["metadata"]["name"], other[kind]["metadata"]["name"]) == ("one", "other")
    labels = one["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert one["Service"]["spec"]["selector"] == labels
    assert other["Service"]["spec"]["selector"] != labels


@each_helm
@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("resource.limits.cpu=1", "resource"),  # misspelt
        ("settings.DIGITGN_PORT=80", "DIGITGN_PORT"),
        ("resources.limits.cpu=500m", "cpu"),  # a thread would stand still for half of each period
        ("autoscaling.minReplicas=0", "minReplicas"),
        ("autoscaling.cpuPercent=null", "autoscaling"),  # nothing would be left to scale by
        ("settings.DIGITGAN_DRAIN_S=long", "DIGITGAN_DRAIN_S"),
    ],
)
def test_wrong_value_is_refused_before_anything_is_installed(helm: str, value: str, named: str) -> None:
    ended = subprocess.run(
        [find(helm) or helm, "template", "digitgan", str(CHART), "--set", value],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert named in ended.stderr


def test_values_are_all_described_by_the_schema() -> None:
    """The schema allows no other names, so a value that is missing in it could not be set."""
    values = yaml.safe_load((CHART / "values.yaml").read_text(encoding="utf-8"))
    schema = yaml.safe_load((CHART / "values.schema.json").read_text(encoding="utf-8"))
    assert values.keys() == schema["properties"].keys() - {"global"}
