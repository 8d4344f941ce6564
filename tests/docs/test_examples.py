"""Every example of the documentation is run, or is listed with the reason why it is not.

`test_readme`, `test_http` and `test_seeds` run the examples of their own pages.
"""

import json
import re
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image

from digitgan.contract.card import Card, read_card, write_card
from tests.cards import deploy_clothes
from tests.docs import test_http, test_readme, test_seeds
from tests.docs.examples import (
    PAGES,
    READABLE,
    ROOT,
    RUNNABLE,
    TRANSLATED,
    Example,
    check_outputs,
    examples,
    furnish,
    run,
)
from tests.gateway import free_ports
from tests.loaders import test_tutorial
from tests.processes import serving, wait_until
from tests.programs import skip_without
from tests.shapes import bars, write_idx, write_idx_folder
from training.images.idx import read_idx

ELSEWHERE = {*test_readme.CURLS, *(program for _, program in test_readme.CLIENTS)}
ELSEWHERE |= {*test_http.COMMANDS, *test_http.PROGRAMS, *test_http.NODE_PROGRAMS, *test_seeds.PROGRAMS}
ELSEWHERE |= {each.text for each in test_tutorial.EXAMPLES}

LIMIT_S = 280  # ten times what an idle machine needs

_SERVES = "installs, and serves until it is stopped; the rest of the page uses a live service"
_TRAINS = "trains for minutes to hours; tests/training runs the same commands for a few iterations"
_DOCKER = "needs Docker; tests/deploy/test_stack.py starts the stack if Docker is available"
_CLUSTER = "needs a cluster; tests/deploy checks the manifests"
_RAY = "needs Ray; tests/cluster executes these commands on namespaces"
_RELEASES = "publishes a version, or takes as long as all tests"
_INSTALLED = "installs from a package index; tests/package runs the same commands with the built wheel"
NOT_RUN = {
    ("README.md", "uvx --from"): _INSTALLED,
    ("docs/index.md", "uvx --from"): _INSTALLED,
    ("README.md", "make serve"): _SERVES,
    ("README.md", "digitgan run digits"): _TRAINS,
    ("docs/benchmarks/few-digits.md", "digitgan few"): _TRAINS,
    ("docs/benchmarks/gpu.md", "docker build --target gpu"): "needs Docker and an NVIDIA GPU, which no test has",
    ("docs/benchmarks/gpu.md", "python3 -m venv .venv-gpu"): "needs an NVIDIA GPU, which no test has",
    ("docs/benchmarks/quality.md", "digitgan run mlp-torch"): _TRAINS,
    ("docs/command-line.md", "set -a; . deploy/ray/node.env"): _RAY,
    ("docs/command-line.md", "digitgan dataset --count 10000000"): "needs object storage; tests/cluster has a server",
    ("docs/deploying.md", "pip install 'digitgan[cpu,ray]'"): _RAY,
    ("docs/deploying.md", "kubectl diff -k your-overlay"): _CLUSTER,
    ("docs/deploying.md", "kubectl create namespace digitgan"): _CLUSTER,
    ("docs/deploying.md", "kubectl apply -k deploy/kubernetes/overlays/production"): _CLUSTER,
    ("docs/deploying.md", "kubectl apply -k deploy/kserve"): _CLUSTER,
    ("docs/deploying.md", "EXTRAS=ray make image"): _CLUSTER,
    ("docs/operations.md", "make image"): _DOCKER,
    ("docs/operations.md", "cat fullchain.pem privkey.pem"): _DOCKER,
    ("docs/operations.md", "tar -C FOLDER -c . | docker import"): _DOCKER,
    ("docs/operations.md", "digitgan serve --keys-file keys.json"): _SERVES,
    ("docs/releasing.md", "make test-all"): _RELEASES,
    ("docs/releasing.md", ".venv-dev/bin/python -m tests.stability"): _RELEASES,
    ("docs/releasing.md", "git tag"): _RELEASES,
    ("docs/releasing.md", "uvx"): _RELEASES,
    ("docs/training.md", "make image-training"): "needs Docker; tests/deploy/test_training_image.py does the same",
    ("docs/training.md", "digitgan train digits --budget"): _TRAINS,
    ("docs/training.md", "digitgan train digits --run"): _TRAINS,
    ("docs/training.md", "digitgan history"): "needs the exported run; test_history_export has one",
    ("docs/training.md", "torchrun --standalone"): _TRAINS,
    ("docs/training.md", "digitgan sweep"): _TRAINS,
    ("docs/training.md", "digitgan speedrun"): _TRAINS,
    ("docs/training.md", "digitgan evaluate"): "needs a foreign generator and minutes; test_evaluate has one",
    ("docs/training.md", "digitgan truncation"): _TRAINS,
    ("docs/tutorials/behind-a-gateway.md", "docker compose up"): _DOCKER,
    (
        "docs/tutorials/colour.md",
        "digitgan variants",
    ): "takes minutes; tests/training/recipes/test_colour.py makes both",
    ("docs/tutorials/emnist.md", "unzip"): "needs a download of 560 MB",
    ("docs/tutorials/emnist.md", "digitgan run digits"): _TRAINS,
    ("docs/tutorials/fashion-mnist.md", "sudo apt-get install"): "needs root and a package of 30 MB",
    ("docs/tutorials/fashion-mnist.md", "digitgan run digits"): _TRAINS,
    ("docs/tutorials/first-digits.md", "python3 -m venv digits"): _INSTALLED,
    ("docs/tutorials/first-digits.md", "digitgan serve"): _SERVES,
}


def reason(example: Example) -> str | None:
    """Return the reason why an example is not run, or None if it is run."""
    for (page, beginning), why in NOT_RUN.items():
        if example.page == page and example.first_line.startswith(beginning):
            return why
    return None


def runs_here(page: str) -> list[Example]:
    """Return the examples of a page that this module runs as one session."""
    if page.startswith(TRANSLATED):
        return []  # `test_translations` shows that it has the code of the original
    all_of_it = [each for each in examples([page]) if each.language in RUNNABLE]
    return [each for each in all_of_it if each.text not in ELSEWHERE and not reason(each)]


@dataclass(frozen=True, slots=True)
class Session:
    """A page, a prepared folder, its environment, and the service that the examples use."""

    page: str
    folder: Path
    environment: Mapping[str, str]
    service: httpx.Client

    def run(self, instead: Mapping[str, str] | None = None, **more: str) -> str:
        """Run the page's examples in order, with some texts replaced, and return their output."""
        here = f"{self.service.base_url.host}:{self.service.base_url.port}"
        given = {"localhost:8000": here, **(instead or {})}
        printed = run(runs_here(self.page), self.folder, given, {**self.environment, **more}, limit_s=LIMIT_S)
        if self.page.startswith(("docs/guide/", "docs/tutorials/")):
            check_outputs(self.page, printed, given)
        return printed

    def image(self, name: str) -> Image.Image:
        """Return a picture that an example wrote."""
        with Image.open(self.folder / name) as image:
            image.load()
        return image


def command_line(session: Session) -> None:
    printed = session.run({"60000": "600"})
    assert re.search(r"digitgan: seed \d+\n[\s\S]*[-:=+*#%@]{2}", printed)
    assert session.image("year.png").size == (4 * 28, 28)
    with Image.open(session.folder / "year.gif") as moving:
        assert getattr(moving, "n_frames", 1) == 4
    assert len(read_idx(session.folder / "mnist" / "train-images-idx3-ubyte.gz")) == 600
    assert len(list((session.folder / "digits").rglob("*.png"))) == 1000
    assert len(list((session.folder / "many").glob("*.parquet"))) == 3
    assert len(list(session.folder.glob(".*/**/*digitgan*"))) >= 3


def operations(session: Session) -> None:
    """Run the commands for keys, and a reload of a separate service."""
    models = session.folder / "exported"
    shutil.copytree(models / "digits" / "1", session.folder / "digits-2")
    write_card(replace_version(session.folder / "digits-2"), session.folder / "digits-2")
    shutil.copytree(models / "digits", session.folder / "own", symlinks=False)
    (models / "digits").unlink()
    (session.folder / "own").rename(models / "digits")
    with serving("--models-dir", str(models)) as service, service.client() as client:
        printed = session.run(PID=str(service.process.pid))
        wait_until(lambda: client.get("/models/digits").json()["version"] == "2")
    assert re.search(r"shop\t20", printed)


def replace_version(folder: Path) -> Card:
    return read_card(folder).model_copy(update={"version": "2"})


def first_digits(session: Session) -> None:
    assert "the same bytes" in session.run({"60000": "600"})
    assert len(read_idx(session.folder / "generated" / "train-images-idx3-ubyte.gz")) == 600


def fashion_mnist(session: Session) -> None:
    """Train the judge for ten steps; the folder of PNGs has one image of the wrong size and mode."""
    write_idx_folder(session.folder / "fashion", n=240, n_test=60)
    names = ", ".join(f'"{name}"' for name in ("low", "middle", "top"))
    odd = session.folder / "icons" / "train" / "cat" / "odd.png"
    odd.parent.mkdir(parents=True)
    Image.new("RGBA", (60, 40), (255, 0, 0, 128)).save(odd)
    deploy_clothes(session.folder / "exported", ROOT / "exported", "fashion")
    with serving("--models-dir", str(session.folder / "exported"), "--default-model", "fashion") as service:
        instead = {"--to judges": "--to judges --steps 10", FASHION_NAMES: f"[{names}]"}
        instead |= {"10 classes, 60,000 training images, 10,000": "3 classes, 240 training images, 60"}
        instead |= {"T-shirt\nT": "T-shirt%2Ftop\nT", "['T-shirt'": "['T-shirt/top'"}  # the model that is there already
        with service.client() as client:
            instead["localhost:8000"] = f"{client.base_url.host}:{client.base_url.port}"
        printed = session.run(instead)
    assert "Ankle boot\nBag\nCoat\n" in printed
    assert "'Bag', 'Ankle boot']" in printed
    boots = json.loads((session.folder / "boots.json").read_text())["images"]
    assert {(each["label"], each["class_name"]) for each in boots} == {(9, "Ankle boot")}
    assert session.image("bag.png").size == (28, 28)
    assert (session.folder / "judges" / "judges.json").exists()
    assert session.image("icons/train/cat/odd.png").size == (28, 28)


def colour(session: Session) -> None:
    """Draw 27 badges of each shape, and train and judge for a few steps."""
    fewer = {'("train", 1000), ("test", 200)': '("train", 20), ("test", 7)', "--steps 300": "--steps 10"}
    (port,) = free_ports(1)
    fewer |= {"10,000 training images, 2,000 test": "200 training images, 70 test"}
    fewer |= {"localhost:8000": f"localhost:{port}", "--port 8000": f"--port {port}"}
    printed = session.run({**fewer, "--run runs/badges": "--run runs/badges --iterations 2 --no-watch"})
    assert "digitgan: badges: 10 classes, 200 training images, 70 test images\n" in printed
    card = read_card(session.folder / "exported" / "badges" / "1")
    assert (card.image_height, card.image_width, card.image_channels) == (32, 32, 3)
    assert card.class_names and card.class_names[0] == "arrow"
    assert session.image("exported/badges/1/samples.png").mode == "RGB"
    assert session.image("star.png").size == (32, 32)


def what_a_gan_is(session: Session) -> None:
    """Train for two of the program's iterations."""
    assert re.search(
        r"^iteration 0: D is right \d+% of the time$", session.run({"60000": "100", "30_000": "2"}), re.MULTILINE
    )


def emnist(session: Session) -> None:
    """Train the judge for ten steps on a few letters in files with EMNIST's names."""
    images, labels = bars(260)
    for part in ("train", "test"):
        write_idx(session.folder / "gzip" / f"emnist-letters-{part}-images-idx3-ubyte.gz", images)
        letters = (np.arange(len(labels)) % 26 + 1).astype(np.uint8)
        write_idx(session.folder / "gzip" / f"emnist-letters-{part}-labels-idx1-ubyte.gz", letters)
    mapping = "".join(f"{label} {64 + label} {96 + label}\n" for label in range(1, 27))
    (session.folder / "gzip" / "emnist-letters-mapping.txt").write_text(mapping)
    fewer = {"124,800 training images, 20,800 test": "260 training images, 260 test"}
    printed = session.run({"--to judges": "--to judges --steps 10", **fewer})
    assert "gzip/emnist-letters: 26 classes, 260 training images, 260 test images; rows and columns exchang" in printed


def training(session: Session) -> None:
    expected = next(each.text for each in examples(["docs/training.md"]) if each.text.startswith("digitgan: digits:"))
    assert expected in session.run()


FASHION_NAMES = '["T-shirt", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]'


def bring_your_own_generator(session: Session) -> None:
    """Train on a tenth of the digits."""
    (port,) = free_ports(1)
    printed = session.run({"6000": "600", "localhost:8000": f"localhost:{port}", "--port 8000": f"--port {port}"})
    assert "(10, 28, 28) [0 1 2 3 4 5 6 7 8 9]" in printed
    assert session.image("year.png").size == (4 * 28, 28)
    assert session.image("sevens.png").height >= 28
    served = json.loads((session.folder / "mine.json").read_text(encoding="utf-8"))
    assert (served["card"]["training"], served["card"]["licence"], served["reproduces_card"]) == (None, "MIT", True)


def python(session: Session) -> None:
    printed = session.run()
    assert "/numbers/2026/7.png?model=digits&version=1&scale=4" in printed
    assert "(1000, 28, 28) [" in printed
    assert re.search(r"loss 0\.\d\d", printed)
    assert re.search(r"^7 0\.9\d+\nh[\w-]{86}$", printed, re.MULTILINE)
    assert session.image("2026.png").size == (4 * 4 * 28, 4 * 28)
    assert session.image("mine.png").height > session.image("near.png").height / 4


def ink(session: Session) -> None:
    printed = session.run()
    assert '"text":"."' in printed
    for name in ("ink-light.png", "date.png", "amount.png", "year.apng"):
        assert session.image(name).height >= 28
    for name in ("date.svg", "year.svg", "writing.svg"):
        assert "currentColor" in (session.folder / name).read_text(encoding="utf-8")


def datasets(session: Session) -> None:
    printed = session.run()
    assert '"max_count":1000000000' in printed
    assert printed.count(": OK") == 6
    assert len(read_idx(session.folder / "train-images-idx3-ubyte")) == 1000
    assert np.load(session.folder / "images.npy").shape == (1000, 28, 28)
    assert (session.folder / "two.bin").stat().st_size == 2 * 28 * 28


def hands(session: Session) -> None:
    printed = session.run()
    assert re.search(r"^h[A-Za-z0-9_-]{86} 7$", printed, re.MULTILINE)
    assert "87 (64,)" in printed
    assert session.image("year.png").size == (4 * 28, 28)
    assert session.image("date.png").height >= 28
    assert "currentColor" in (session.folder / "year.svg").read_text(encoding="utf-8")
    with zipfile.ZipFile(session.folder / "near.zip") as near:
        assert sum(name.endswith(".png") for name in near.namelist()) == 100


def open_inference_protocol(session: Session) -> None:
    printed = session.run()
    assert "(256, 28, 28) uint8" in printed
    assert session.image("seven.png").size == (28, 28)
    assert session.image("way.png").size == (8 * 28, 28)
    assert re.search(r"(?i)^inference-header-content-length: [1-9]", printed, re.MULTILINE)


def train_a_reader(session: Session) -> None:
    """Train on a tenth of the digits."""
    printed = session.run({"20000": "2000"})
    shares = [float(share) for share in re.findall(r"([\d.]+)% of 1,000 digits by people are read right", printed)]
    assert len(shares) == 2
    assert min(shares) > 80


def behind_a_gateway(session: Session) -> None:
    service, gateway, metrics, names = free_ports(4)
    ports = {
        "replica:8000": f"replica:{service}",
        "--port 8000": f"--port {service}",
        "REPLICA_PORT=8000": f"REPLICA_PORT={service}",
        ":8080": f":{gateway}",
        ":8405": f":{metrics}",
        "=5354": f"={names}",
        ":5354": f":{names}",
        "in 1 2 3 4; do": "in $(seq 40); do",  # the gateway may find the second replica a moment after the first
    }
    printed = session.run(ports)
    before, after = printed.split("gateway; hit")
    assert {"replica1", "replica2"} <= set(before.split())
    assert "413" in after
    answers = {status: int(n) for n, status in re.findall(r"^ *(\d+) (\d{3}) replica", after, re.MULTILINE)}
    assert sum(int(n) for n in re.findall(r"^ *(\d+) 200 replica\d$", after, re.MULTILINE)) == 30, answers


def numbers_datasets(session: Session) -> None:
    """Write data sets of a tenth of the size; the page itself compares a part with the whole."""
    fewer = {"count 1000": "count 100", '"count": 1000': '"count": 100', "count 500": "count 50", "seed 500": "seed 50"}
    session.run({**fewer, "700.png": "70.png"})
    labels = (session.folder / "dates" / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    with zipfile.ZipFile(session.folder / "dates.zip") as archive:
        assert archive.read("labels.jsonl").decode().splitlines() == labels
    first = json.loads(labels[0])
    shown = next(json.loads(each.text) for each in examples(["docs/numbers-datasets.md"]) if each.language == "json")
    assert shown["glyphs"].pop() == "…"
    assert first | {"glyphs": first["glyphs"][: len(shown["glyphs"])]} == shown
    assert session.image("codes/images/0.png").size == (160, 32)
    assert session.image("squares/images/0.png").size == (160, 28)


SESSIONS = {
    "docs/command-line.md": command_line,
    "docs/datasets.md": datasets,
    "docs/guide/what-a-gan-is.md": what_a_gan_is,
    "docs/hands.md": hands,
    "docs/ink.md": ink,
    "docs/numbers-datasets.md": numbers_datasets,
    "docs/operations.md": operations,
    "docs/python.md": python,
    "docs/training.md": training,
    "docs/tutorials/behind-a-gateway.md": behind_a_gateway,
    "docs/tutorials/bring-your-own-generator.md": bring_your_own_generator,
    "docs/tutorials/colour.md": colour,
    "docs/tutorials/emnist.md": emnist,
    "docs/tutorials/fashion-mnist.md": fashion_mnist,
    "docs/tutorials/first-digits.md": first_digits,
    "docs/tutorials/open-inference-protocol.md": open_inference_protocol,
    "docs/tutorials/train-a-reader.md": train_a_reader,
}
_NEEDS = {"docs/tutorials/behind-a-gateway.md": ("haproxy", "dnsmasq")}


@pytest.mark.long
@pytest.mark.timeout(LIMIT_S + 20)
@pytest.mark.parametrize("page", SESSIONS)
def test_examples_of_a_page_succeed(page: str, service: httpx.Client, tmp_path: Path) -> None:
    environment = furnish(tmp_path)
    for program in _NEEDS.get(page, ()):
        skip_without(program, shows=f"the examples of {page}")
    SESSIONS[page](Session(page, tmp_path, environment, service))


def test_examples_are_all_run_or_listed_with_a_reason() -> None:
    forgotten = [each.place for page in PAGES if page not in SESSIONS for each in runs_here(page)]
    assert not forgotten, "add a session to this module, or give a reason in NOT_RUN"


def test_entries_of_not_run_each_match_one_example() -> None:
    for page, beginning in NOT_RUN:
        assert sum(each.first_line.startswith(beginning) for each in examples([page])) == 1, (page, beginning)


def test_code_blocks_all_name_their_language() -> None:
    """An indented block has no language, and would be skipped silently."""
    assert not [each.place for each in examples() if each.language not in (*RUNNABLE, *READABLE)]
