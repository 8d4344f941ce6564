"""TLS at the gateway, by real handshakes: what is negotiated, what is refused, and how a certificate is replaced."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.gateway import Gateway, free_ports, gateway, needs_haproxy
from tests.processes import PATIENCE_S, wait_until
from tests.programs import needs

pytestmark = [needs_haproxy, needs("openssl", shows="handshakes with the gateway")]


def write_certificate(path: Path, name: str) -> None:
    """Write a self-signed certificate and its key, complete or not at all, as tools that renew certificates do."""
    key, certificate = path.with_suffix(".key"), path.with_suffix(".crt")
    new = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-days", "1")
    subprocess.run([*new, "-keyout", key, "-out", certificate], capture_output=True, check=True)
    key.write_bytes(certificate.read_bytes() + key.read_bytes())
    key.rename(path)
    certificate.unlink()


@dataclass(frozen=True)
class Secured:
    """A gateway that offers TLS at an address, with a certificate that can be replaced."""

    gateway: Gateway
    address: str
    certificate: Path

    def handshake(self, *options: str) -> str | None:
        """Return what openssl says of a handshake with these options, or None if it was refused."""
        command = ("openssl", "s_client", "-connect", self.address, *options)
        ended = subprocess.run(command, input="", capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        return ended.stdout if ended.returncode == 0 else None


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("tls")
    certificate = folder / "gateway" / "certificate.pem"
    certificate.parent.mkdir()
    write_certificate(certificate, "first")
    address = f"127.0.0.1:{free_ports(1)[0]}"
    settings = {"GATEWAY_TLS_ADDRESS": address, "GATEWAY_CERTIFICATE": str(certificate)}
    with gateway(folder / "access.log", certificate.parent, **settings) as started:
        yield Secured(started, address, certificate)


@pytest.mark.parametrize(
    ("options", "negotiated"),
    [
        ("-tls1_3", "TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384"),
        ("-tls1_3 -groups X25519", "Temp Key: X25519"),
        ("-tls1_3 -groups P-256", "Temp Key: ECDH, prime256v1"),
        ("-tls1_3 -groups P-384", "Temp Key: ECDH, secp384r1"),
        ("-tls1_2", "TLSv1.2, Cipher is ECDHE-RSA-AES256-GCM-SHA384"),
        ("-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256", "TLSv1.2, Cipher is ECDHE-RSA-AES128-GCM-SHA256"),
        ("-tls1_2 -cipher ECDHE-RSA-CHACHA20-POLY1305", "TLSv1.2, Cipher is ECDHE-RSA-CHACHA20-POLY1305"),
        (
            "-tls1_2 -cipher ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256",  # the client's preference counts
            "TLSv1.2, Cipher is ECDHE-RSA-CHACHA20-POLY1305",
        ),
    ],
)
def test_gateway_negotiates_what_mozilla_recommends(secured: Secured, options: str, negotiated: str) -> None:
    said = secured.handshake(*options.split())
    assert said is not None
    assert negotiated in said


@pytest.mark.parametrize(
    "options",
    [
        *(f"-tls1_2 -cipher {name}" for name in ("AES128-GCM-SHA256", "AES256-GCM-SHA384", "AES256-SHA256")),
        *(f"-tls1_2 -cipher ECDHE-RSA-{name}" for name in ("AES128-SHA256", "AES256-SHA384", "AES256-SHA")),
        "-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256",
        "-tls1_3 -groups P-521",
        "-tls1_1 -cipher ALL:@SECLEVEL=0",
    ],
)
def test_gateway_refuses_weaker_tls(secured: Secured, options: str) -> None:
    assert secured.handshake(*options.split()) is None


def test_gateway_serves_a_replaced_certificate_after_a_reload(secured: Secured) -> None:
    def name() -> str:
        [found] = re.findall(r"^subject=CN ?= ?(.*)$", secured.handshake() or "", re.MULTILINE)
        return str(found)

    before = name()
    write_certificate(secured.certificate, "second")
    assert name() == before == "first"
    secured.gateway.reload()
    wait_until(lambda: name() == "second")
    secured.certificate.write_text("no certificate")
    secured.gateway.signal_reload()
    wait_until(lambda: "unable to load certificate" in secured.gateway.messages.read_text())
    assert name() == "second"
