"""The security headers of every answer, and that the documentation pages work with them."""

import base64
import hashlib
import re
from pathlib import Path

import httpx
import pytest

from service.app import create_app
from service.settings import Settings
from tests.live import live


@pytest.mark.parametrize("path", ["/health/live", "/images/1.png", "/nothing", "/docs", "/problems/overloaded"])
def test_every_answer_has_the_headers(service: httpx.Client, path: str) -> None:
    headers = service.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert not [name for name in headers if name.startswith("access-control-")]


def test_page_may_run_only_its_own_scripts(service: httpx.Client) -> None:
    page = service.get("/docs")
    policy = dict(each.split(" ", 1) for each in page.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    [script] = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    sha256 = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy["script-src"] == f"'self' 'sha256-{sha256}'"
    for kind, pattern in (("script", r'<script src="([^"]+)'), ("style", r'stylesheet" href="([^"]+)')):
        [address] = re.findall(pattern, page.text)
        assert ":" not in address and not address.startswith("//")  # 'self'
        assert "'self'" in policy[f"{kind}-src"]


def test_answer_that_is_not_a_page_has_no_policy(service: httpx.Client) -> None:
    assert "content-security-policy" not in service.get("/images/1.png").headers


def test_svg_may_run_no_script(service: httpx.Client) -> None:
    answers = [service.get("/images/1.svg"), service.head("/images/1.svg")]
    answers.append(service.post("/generate", json={"seeds": 1}, headers={"Accept": "image/svg+xml"}))
    for answer in answers:
        policy = dict(each.split(" ", 1) for each in answer.headers["content-security-policy"].split("; "))
        assert (policy["default-src"], "script-src" in policy) == ("'none'", False)
        assert policy["frame-ancestors"] == "'self'"


def test_head_and_range_requests_for_a_page_are_answered(service: httpx.Client) -> None:
    assert "content-security-policy" in service.head("/docs").headers
    answer = service.get("/docs", headers={"Range": "bytes=0-0"})
    assert answer.status_code == 200 and "content-security-policy" in answer.headers


def test_only_configured_origins_may_use_the_service(models_dir: Path) -> None:
    named, other = "https://a.example", "https://b.example"
    app = create_app(Settings(models_dir=models_dir, threads=1, cors_origins=(named,)))
    with live(app) as client:
        asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type, x-api-key"}
        allowed = client.options("/generate", headers={"Origin": named, **asking})
        assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (200, named)
        assert client.options("/generate", headers={"Origin": other, **asking}).status_code == 400
        answer = client.get("/images/1.png", headers={"Origin": named})
        assert answer.headers["access-control-allow-origin"] == named
        assert "RateLimit" in answer.headers["access-control-expose-headers"]
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert "Origin" in answer.headers["vary"]
        assert "frame-ancestors" not in client.get("/images/1.svg").headers["content-security-policy"]
        assert "access-control-allow-origin" not in client.get("/images/1.png", headers={"Origin": other}).headers
