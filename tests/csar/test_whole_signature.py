"""A package signed as a whole (option 2): who signed it, what lies in it, and what is refused."""

import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from tests.csar.packages import (
    AUTHORITY,
    DAY,
    DEV,
    NOW,
    PROVIDER,
    STRICT,
    contents,
    odd_identity,
    rewritten,
    signed,
    unsigned,
)

from wayside.core.clock import Nanoseconds
from wayside.core.errors import BadRequest, Conflict, Forbidden, Problem, Unprocessable
from wayside.csar.keys import Identity, new_provider
from wayside.csar.package import open_package, package_faults
from wayside.csar.policy import Policy
from wayside.csar.signing import sign_whole

STRANGER = new_provider("Stranger", now=NOW)


def whole(folder: Path, identity: Identity = PROVIDER) -> Path:
    sign_whole(unsigned(folder), folder / "whole.zip", identity)
    return folder / "whole.zip"


def codes(package: Path, policy: Policy = STRICT, now: int = NOW) -> list[str]:
    return [fault.code for fault in package_faults(package, policy, now=Nanoseconds(now))]


def test_the_signer_of_the_whole_is_the_package_s(tmp_path: Path) -> None:
    with open_package(whole(tmp_path), STRICT, now=NOW) as package:
        assert package.signer is not None
        assert (package.signer.subject, package.signer.trusted) == ("CN=Example", True)


def test_a_stranger_s_whole_is_refused_where_a_signature_is_asked(tmp_path: Path) -> None:
    package = whole(tmp_path, STRANGER)
    assert codes(package) == ["signature-untrusted"]
    with pytest.raises(Forbidden, match="Stranger"):
        open_package(package, STRICT, now=NOW)
    assert codes(package, DEV) == []


def test_an_expired_signer_of_the_whole_is_refused(tmp_path: Path) -> None:
    old = odd_identity(issuer=AUTHORITY, not_after=timedelta(days=1))
    package = whole(tmp_path, old)
    assert codes(package) == []
    assert codes(package, now=NOW + 2 * DAY) == ["signature-untrusted"]


def test_an_operator_signs_again_what_a_stranger_made(tmp_path: Path) -> None:
    sign_whole(signed(tmp_path, STRANGER), tmp_path / "again.zip", PROVIDER)
    with open_package(tmp_path / "again.zip", STRICT, now=NOW) as package:
        assert package.signer is not None
        assert package.signer.subject == "CN=Example"


def test_a_signature_inside_that_does_not_fit_is_refused_though_the_whole_is_signed(
    tmp_path: Path,
) -> None:
    inner = signed(tmp_path)
    manifest = contents(inner)["app.mf"].replace(b"An application.", b"My application.")
    sign_whole(rewritten(inner, {"app.mf": manifest}), tmp_path / "again.zip", PROVIDER)
    assert "signature-invalid" in codes(tmp_path / "again.zip")


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"unsigned.cms": None}, Unprocessable),
        ({"unsigned.csar": None}, Unprocessable),
        ({"unsigned.cms": b"junk"}, Forbidden),
        ({"unsigned.cert": b"junk"}, Forbidden),
        ({"unsigned.csar": b"junk"}, BadRequest),
        ({"a.txt": b"1"}, Unprocessable),
        ({"../evil": b"1"}, BadRequest),
    ],
)
def test_a_crooked_whole_is_refused(
    tmp_path: Path, changes: dict[str, bytes | None], kind: type[Problem]
) -> None:
    with pytest.raises(kind):
        open_package(rewritten(whole(tmp_path), changes), STRICT, now=NOW).close()


def test_the_certificate_may_be_in_the_signature_alone(tmp_path: Path) -> None:
    assert codes(rewritten(whole(tmp_path), {"unsigned.cert": None})) == []


def test_what_is_signed_as_a_whole_is_not_signed_so_twice(tmp_path: Path) -> None:
    with pytest.raises(Conflict, match="no CSAR by itself"):
        sign_whole(whole(tmp_path), tmp_path / "twice.zip", PROVIDER)
    assert not (tmp_path / "twice.zip").exists()


def test_signing_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.csar").write_bytes(b"no zip")
    with pytest.raises(BadRequest):
        sign_whole(tmp_path / "p.csar", tmp_path / "whole.zip", PROVIDER)


def test_a_bomb_within_the_whole_is_refused(tmp_path: Path) -> None:
    bomb = tmp_path / "unsigned.csar"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("TOSCA-Metadata/TOSCA.meta", bytes(40_000_000))
    sign_whole(bomb, tmp_path / "whole.zip", PROVIDER)
    assert codes(tmp_path / "whole.zip") == ["size-limit"]
