"""Models come and go under load, some of them damaged, and no request fails or mixes versions.

The versions are two real models in turn, `digits` and `mlp`, under one name.
"""

import base64
import json
import random
import signal
from itertools import cycle
from pathlib import Path

import httpx
import numpy as np
import pytest

from digitgan.contract.card import MODEL_FILE, read_card, read_model_file
from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.backend import Rows
from digitgan.engine.onnx_backend import OnnxBackend
from digitgan.engine.plan import OWN_CLASS
from digitgan.png.encoder import encode
from tests.cards import deploy
from tests.load import load
from tests.processes import serving, wait_until

N_SEEDS = 300  # more than one chunk of a stream
SOURCES = ("digits", "mlp")
ROOM_MIB = 90  # for the allocator to keep for the next version; 25 leaked versions would take more


def pictures(source: Path) -> list[bytes]:
    """Return a model's pictures of seeds 0 to N_SEEDS - 1."""
    card = read_card(source)
    generator = OnnxBackend(card, read_model_file(source, card), provider="cpu", threads=1, batch_images=N_SEEDS)
    rows = Rows(
        seeds_to_latents(range(N_SEEDS), card.latent_size), np.full(N_SEEDS, OWN_CLASS), np.ones(N_SEEDS, np.float32)
    )
    return encode(generator.run(rows).pixels)


def publish(models: Path, source: Path, version: int) -> Path:
    """Publish a version by one rename."""
    card = read_card(source)
    content = read_model_file(source, card)
    changed = card.model_copy(update={"model": "digits", "version": str(version), "encoder": None, "map": None})
    folder = deploy(models / ".aside", changed, content)
    return folder.rename(models / "digits" / folder.name)


def damage(folder: Path) -> None:
    content = bytearray((folder / MODEL_FILE).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / MODEL_FILE).write_bytes(content)


def resident_mib(pid: int) -> float:
    [kib] = [
        line.split()[1] for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS")
    ]
    return int(kib) / 1024


@pytest.mark.parametrize("reloads", [8, pytest.param(50, marks=[pytest.mark.slow, pytest.mark.timeout(580)])])
def test_reloads_under_load_fail_no_request_and_mix_no_versions(tmp_path: Path, models_dir: Path, reloads: int) -> None:
    sources = [models_dir / name / "1" for name in SOURCES]
    drawn = [pictures(source) for source in sources]
    (tmp_path / "digits").mkdir()
    publish(tmp_path, sources[1], 1)  # an odd version is the second source
    chance = random.Random(0)
    kinds = cycle(["one", "some", "stream"])

    def ask(client: httpx.Client) -> httpx.Response:
        kind, first = next(kinds), chance.randrange(20)
        seeds = list(range(first, {"one": first + 1, "some": first + 20, "stream": N_SEEDS}[kind]))
        accept = "application/x-ndjson" if kind == "stream" else "application/json"
        answer = client.post("/generate", json={"seeds": seeds}, headers={"Accept": accept})
        assert answer.status_code == 200, answer.text
        if kind == "stream":
            images = [json.loads(line) for line in answer.text.splitlines()]
            versions = {image["url"].partition("&version=")[2] for image in images}
        else:
            images, versions = answer.json()["images"], {answer.json()["version"]}
        assert len(versions) == 1, "an answer has one version"
        wanted = drawn[int(versions.pop()) % 2]
        assert [base64.b64decode(image["png"]) for image in images] == [wanted[seed] for seed in seeds]
        return answer

    n_damaged = 0
    with serving("--models-dir", str(tmp_path), "--threads", "1") as service, load(service.url, ask) as tally:
        before_mib = after_mib = resident_mib(service.process.pid)
        with service.client() as client:
            for version in range(2, reloads + 2):
                folder = publish(tmp_path, sources[version % 2], version)
                if version % 5 == 0:
                    damage(folder)
                    service.process.send_signal(signal.SIGHUP)
                    wait_until(lambda: client.get("/models").json()["refused"])
                    folder.rename(tmp_path / f".damaged-{version}")
                    n_damaged += 1
                else:
                    for old in (tmp_path / "digits").iterdir():
                        if int(old.name) < version - 1:
                            old.rename(tmp_path / f".old-{old.name}")
                    service.process.send_signal(signal.SIGHUP)
                    wait_until(lambda: client.get("/models/digits").json()["version"] == str(version))  # noqa: B023
                answered = tally.answered
                wait_until(lambda: tally.answered >= answered + 4)  # noqa: B023
                if version == reloads // 2:  # by then the allocator holds what it keeps for the next version
                    before_mib = resident_mib(service.process.pid)
        after_mib = resident_mib(service.process.pid)
    print(f"{reloads} reloads, {n_damaged} of them refused: {tally.answered} answers, {len(tally.failures)} failures")
    print(f"resident {before_mib:.0f} MiB half way, {after_mib:.0f} MiB after the last")
    assert not tally.failures
    assert after_mib - before_mib < ROOM_MIB
