"""The alerts of deploy/observability: when they fire, and what the operator then reads."""

import re
from typing import Any

import yaml

from tests.deploy.prometheus import OBSERVABILITY, needs_promtool, promtool
from tests.processes import ROOT

CASES = ROOT / "tests" / "deploy" / "rules_test.yml"
RULES: dict[str, Any] = yaml.safe_load((OBSERVABILITY / "rules.yml").read_text())
ALERTS = {rule["alert"]: rule for group in RULES["groups"] for rule in group["rules"] if "alert" in rule}


@needs_promtool
def test_alerts_fire_when_they_must_and_only_then() -> None:
    promtool("test", "rules", CASES)


def test_every_alert_is_tested_firing_and_silent() -> None:
    asked = [each for case in yaml.safe_load(CASES.read_text())["tests"] for each in case["alert_rule_test"]]
    firing = {each["alertname"] for each in asked if each.get("exp_alerts")}
    silent = {each["alertname"] for each in asked if not each.get("exp_alerts")}
    assert firing == silent == ALERTS.keys()


def test_every_alert_has_a_runbook() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    sections = re.findall(r"^#### (Digitgan\w+)\n\n\w", page, re.MULTILINE)
    assert sections == [*ALERTS]
    for name, alert in ALERTS.items():
        assert alert["annotations"]["runbook"] == f"docs/operations.md#{name.lower()}"
        assert alert["labels"]["severity"] in ("page", "ticket")


def test_prometheus_operator_gets_the_same_rules() -> None:
    folder = ROOT / "deploy" / "kubernetes" / "components" / "service-monitor"
    given = yaml.safe_load((folder / "prometheus-rule.yaml").read_text())
    assert given["spec"] == RULES, "copy the groups of deploy/observability/rules.yml"
    assert "prometheus-rule.yaml" in yaml.safe_load((folder / "kustomization.yaml").read_text())["resources"]
