"""Listeners: TCP, TLS with client certificates, Unix sockets, prefixes."""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.chassis.http.orchard import ROOT, Orchard, Stand, Tree

from wayside.core.errors import Unavailable
from wayside.core.tasks import Nursery


def certificate(folder: Path) -> Path:
    """Make a certificate for loopback that signs itself; return the PEM file with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)  # a certificate is judged by the machine's own clock
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "both.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


async def test_a_client_certificate_reaches_the_authoriser(stand: Stand, tmp_path: Path) -> None:
    pem = certificate(tmp_path)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(pem)
    serving.load_verify_locations(pem)
    serving.verify_mode = ssl.CERT_OPTIONAL
    port = await stand.server.listen_tcp("127.0.0.1", 0, tls=serving)
    asking = ssl.create_default_context(cafile=str(pem))
    eve = {"authorization": "Bearer eve"}
    async with httpx.AsyncClient(verify=asking, trust_env=False) as client:
        answer = await client.get(f"https://127.0.0.1:{port}{ROOT}/who", headers=eve)
        assert answer.json()["certificate"] is False
    asking.load_cert_chain(pem)
    stand.orchard.plant("oak", Tree(name="oak"))
    async with httpx.AsyncClient(verify=asking, trust_env=False) as client:
        answer = await client.get(f"https://127.0.0.1:{port}{ROOT}/who", headers=eve)
        assert answer.json()["certificate"] is True
        tree = (await client.get(f"https://127.0.0.1:{port}{ROOT}/trees/oak")).json()
        assert tree["_links"]["self"]["href"].startswith(f"https://127.0.0.1:{port}/")


async def test_over_a_unix_socket_the_forwarded_view_is_believed(
    stand: Stand, tmp_path: Path
) -> None:
    path = tmp_path / "run" / "orchard.sock"
    await stand.server.listen_unix(path)
    assert path.stat().st_mode & 0o777 == 0o600
    stand.orchard.plant("oak", Tree(name="oak"))
    transport = httpx.AsyncHTTPTransport(uds=str(path))
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        seen = {
            "x-forwarded-proto": "https",
            "x-forwarded-host": "edge.example:8443",
            "x-forwarded-prefix": "/mec1",
        }
        answer = await client.get(f"{ROOT}/trees/oak", headers=seen)
        href = answer.json()["_links"]["self"]["href"]
        assert href == f"https://edge.example:8443/mec1{ROOT}/trees/oak"
        bad = await client.get(f"{ROOT}/trees/oak", headers=seen | {"x-forwarded-prefix": "/a b"})
        assert bad.status_code == 400


async def test_a_prefix_is_taken_off_and_comes_back_in_links(
    stand: Stand, nursery: Nursery, tmp_path: Path
) -> None:
    behind = Stand(Orchard(tmp_path), stand.clock, nursery, prefixes=("/mec1",))
    await behind.open()
    for prefix in ("", "/mec1"):
        made = await behind.client.post(
            f"{prefix}{ROOT}/trees", json={"name": "elm" + prefix.strip("/")}
        )
        assert made.headers["location"].startswith(f"{behind.url}{prefix}{ROOT}/trees/elm")
        found = await behind.client.get(made.headers["location"])
        assert found.json()["_links"]["self"]["href"] == made.headers["location"]
    assert (await behind.client.get(f"/mec10{ROOT}/trees")).status_code == 404
    await behind.close()


async def test_a_dead_socket_is_replaced_and_a_live_one_is_not(
    stand: Stand, nursery: Nursery, tmp_path: Path
) -> None:
    path = tmp_path / "orchard.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    await stand.server.listen_unix(path)
    other = Stand(Orchard(tmp_path), stand.clock, nursery)
    with pytest.raises(Unavailable, match="Cannot listen"):
        await other.server.listen_unix(path)
    await stand.server.close()
    assert not path.exists()


async def test_a_taken_port_is_told(stand: Stand, nursery: Nursery, tmp_path: Path) -> None:
    other = Stand(Orchard(tmp_path), stand.clock, nursery)
    with pytest.raises(Unavailable, match=str(stand.port)):
        await other.server.listen_tcp("127.0.0.1", stand.port)
