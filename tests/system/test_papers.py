"""The papers of one machine's system: made once, kept, and readable by their owner alone."""

import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from wayside.adapters.clocks import SystemClock
from wayside.core.errors import Conflict, NotFound, Unprocessable
from wayside.security.clients import ClientBook, FollowedBook, new_entry
from wayside.security.files import secret_in
from wayside.security.tls import serving, trusting
from wayside.system.papers import Papers
from wayside.system.settings import GuardSettings
from wayside.system.state import OPERATOR, SYSTEM, StateFolder


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    made = Papers(StateFolder(tmp_path / "s"), SystemClock())
    made.prepare(["mec1"])
    return made


def secret(papers: Papers, name: str) -> str:
    return secret_in(papers.state.secret(name), field="it")


def book(papers: Papers) -> ClientBook:
    clients = papers.issuer(["10.0.0.1"]).clients
    assert clients is not None
    return ClientBook.load(clients)


@pytest.mark.parametrize(
    ("name", "scopes"),
    [
        (OPERATOR, ("all",)),
        (
            "mec1",
            (
                "granting:write",
                "app_pkgm:read",
                "mp3:write",
                "wayside_relocation:read",
                "wayside_relocation:write",
            ),
        ),
        ("world", ("wayside_dataplane:read",)),
    ],
)
def test_each_client_has_a_secret_of_its_own_and_what_it_needs(
    papers: Papers, name: str, scopes: tuple[str, ...]
) -> None:
    known = book(papers).authenticate(name, secret(papers, name))
    assert known is not None
    assert known.scopes == scopes
    assert book(papers).authenticate(name, secret(papers, "mec1") + "x") is None


def test_the_issuer_has_a_client_and_no_secret(papers: Papers) -> None:
    assert SYSTEM in book(papers).clients
    assert not papers.state.secret(SYSTEM).exists()
    assert book(papers).authenticate(SYSTEM, "") is None


def test_what_is_there_is_kept_and_a_new_host_gets_its_own(papers: Papers) -> None:
    before = {name: secret(papers, name) for name in (OPERATOR, "mec1")}
    authority = papers.state.authority_certificate.read_bytes()
    papers.prepare(["mec1", "mec2"])
    assert {name: secret(papers, name) for name in before} == before
    assert papers.state.authority_certificate.read_bytes() == authority
    assert book(papers).authenticate("mec2", secret(papers, "mec2")) is not None


def test_whom_the_operator_let_in_is_let_in_still(papers: Papers) -> None:
    clients = papers.issuer(["10.0.0.1"]).clients
    assert clients is not None
    with clients.open("a") as file:
        file.write(new_entry("oss", ["app_lcm:read"], "opensesame"))
    papers.prepare(["mec1"])
    known = book(papers).authenticate("oss", "opensesame")
    assert known is not None and known.scopes == ("app_lcm:read",)


def test_a_client_is_admitted_and_dismissed(papers: Papers) -> None:
    following = FollowedBook(papers.state.keys / "clients.toml")
    given = papers.admit("oss", ["app_lcm:read", "app_pkgm:read"])
    known = following.authenticate("oss", given)
    assert known is not None and known.scopes == ("app_lcm:read", "app_pkgm:read")
    assert not papers.is_element("oss")
    with pytest.raises(Conflict, match="is a client 'oss'"):
        papers.admit("oss", ["all"])
    papers.dismiss("oss")
    assert following.authenticate("oss", given) is None
    with pytest.raises(NotFound, match="there are: system, operator, world, ualcmp, mec1"):
        papers.dismiss("oss")


@pytest.mark.parametrize("name", [OPERATOR, SYSTEM, "world", "mec1"])
def test_what_the_system_itself_needs_is_not_dismissed(papers: Papers, name: str) -> None:
    with pytest.raises(Unprocessable, match="needs it"):
        papers.dismiss(name)


def test_without_an_operators_system_nobody_is_admitted(tmp_path: Path) -> None:
    nothing = Papers(StateFolder(tmp_path), SystemClock())
    assert nothing.clients() == {}
    with pytest.raises(Unprocessable, match="--profile operator"):
        nothing.admit("oss", ["all"])


def test_a_secret_that_was_lost_is_made_again(papers: Papers) -> None:
    lost = secret(papers, OPERATOR)
    papers.state.secret(OPERATOR).unlink()
    papers.prepare(["mec1"])
    assert book(papers).authenticate(OPERATOR, lost) is None
    assert book(papers).authenticate(OPERATOR, secret(papers, OPERATOR)) is not None


def shaken(papers: Papers, guard: GuardSettings, called: str) -> ssl.SSLObject:
    """What a caller that trusts the authority agrees on with an element called so."""
    assert guard.tls is not None
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = serving(guard.tls.certificate, guard.tls.key, field="it")
    client = trusting(papers.state.authority_certificate, field="it")
    ends = [
        client.wrap_bio(down, up, server_hostname=called),
        server.wrap_bio(up, down, server_side=True),
    ]
    agreed = ends[0]
    while ends:
        try:
            ends[0].do_handshake()
        except ssl.SSLWantReadError:
            ends.reverse()
        else:
            ends.pop(0)
    return agreed


def test_an_element_proves_itself_by_the_addresses_it_is_called_by(papers: Papers) -> None:
    guard = papers.checker("mec1", ["10.0.0.7", "localhost"], issuer="https://10.0.0.1")
    for called in ("10.0.0.7", "localhost"):
        assert shaken(papers, guard, called).version() == "TLSv1.3"
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(papers, guard, "10.0.0.8")


def test_an_application_may_ask_for_the_services_and_for_no_management(papers: Papers) -> None:
    guard = papers.checker("mec1", ["10.0.0.7"], issuer="https://10.0.0.1")
    assert {"ui:read", "ui:write"} <= set(guard.application_scopes)
    assert not any(each.startswith("wayside") for each in guard.application_scopes)
    file = papers.state.root / "guard.toml"
    guard.save(file)
    assert GuardSettings.load(file) == guard


def test_a_certificate_is_for_servers_and_names_who_issued_it(papers: Papers) -> None:
    tls = papers.certificate("mec1", ["10.0.0.7"])
    own, above = x509.load_pem_x509_certificates(tls.certificate.read_bytes())
    own.verify_directly_issued_by(above)
    extensions = own.extensions
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical and usage.value.digital_signature and not usage.value.key_cert_sign
    purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    assert tls.key.stat().st_mode & 0o077 == 0


def test_a_name_that_no_certificate_can_have_is_a_sentence(papers: Papers) -> None:
    with pytest.raises(Unprocessable, match="bücher"):
        papers.certificate("front", ["bücher.example"])
