"""Manifest and TOSCA.meta: what is written is read back, what is crooked is told with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.csar.faults import FaultsFound
from wayside.csar.manifest import (
    REQUIRED,
    parse_manifest,
    signed_part,
    with_signature,
    write_manifest,
)
from wayside.csar.metadata import ToscaMeta, parse_meta, write_meta
from wayside.csar.names import name_fault

METADATA = dict.fromkeys(REQUIRED, "1.0") | {"vnf_release_date_time": "2026-01-01T00:00:00Z"}
HASH = "0" * 64
GOOD = write_manifest(METADATA, {"a.txt": HASH, "d/b.txt": "f" * 64})


def faults(raw: bytes) -> list[tuple[str, int | None]]:
    with pytest.raises(FaultsFound) as caught:
        parse_manifest(raw, "app.mf")
    assert all(fault.file == "app.mf" and fault.remedy for fault in caught.value.faults)
    return [(fault.code, fault.line) for fault in caught.value.faults]


def test_what_is_written_is_read_back() -> None:
    found = parse_manifest(GOOD, "app.mf")
    assert found.metadata == METADATA
    assert {name: listed.hash for name, listed in found.files.items()} == {
        "a.txt": HASH,
        "d/b.txt": "f" * 64,
    }
    assert (found.signed, found.cms) == (GOOD, None)


@given(st.dictionaries(st.sampled_from(REQUIRED), st.text(min_size=1)), st.text(min_size=1))
def test_no_value_poses_as_another_line(values: dict[str, str], name: str) -> None:
    digests = {} if name_fault(name) else {name: HASH}
    raw = write_manifest(METADATA | values | {"vnf_release_date_time": ""}, digests)
    try:
        found = parse_manifest(raw, "app.mf")
    except FaultsFound as caught:
        assert {fault.code for fault in caught.faults} == {"manifest-missing"}
    else:
        assert set(found.metadata) == set(REQUIRED)
        assert set(found.files) == set(digests)


def test_a_signature_covers_everything_before_it_and_is_replaced() -> None:
    once = with_signature(GOOD, b"-----BEGIN CMS-----\nAAAA\n-----END CMS-----\n")
    twice = with_signature(once, b"-----BEGIN CMS-----\nBBBB\n-----END CMS-----\n")
    assert signed_part(twice) == GOOD
    found = parse_manifest(twice, "app.mf")
    assert found.cms == b"-----BEGIN CMS-----\nBBBB\n-----END CMS-----"
    assert found.signed == GOOD


def line_of(text: bytes) -> int:
    return GOOD[: GOOD.index(text)].count(b"\n") + 1


@pytest.mark.parametrize(
    ("was", "becomes", "code", "at"),
    [
        (b"metadata:", b"info:", "manifest-start", b"metadata:"),
        (b"  vnfd_id: 1.0", b"  vnfd_id 1.0", "manifest-line", b"  vnfd_id"),
        (b"  vnf_provider_id: 1.0", b"  vnfd_id: 2.0", "manifest-twice", b"  vnf_provider_id"),
        (b"2026-01-01T00:00:00Z", b"yesterday", "manifest-date", b"2026"),
        (b"Source: a.txt", b"Source: ../a.txt", "manifest-name", b"Source: a.txt"),
        (b"Source: a.txt", b"Source: https://h/a", "manifest-external", b"Source: a.txt"),
        (b"Source: d/b.txt", b"Source: a.txt", "manifest-twice", b"Source: d/b.txt"),
        (b"Algorithm: SHA-256", b"Algorithm: SHA-1", "manifest-algorithm", b"Source: a.txt"),
        (b"Hash: 0000", b"Hash: 000", "manifest-hash", b"Source: a.txt"),
        (b"Hash: 0000", b"Hash: xyz0", "manifest-hash", b"Source: a.txt"),
    ],
)
def test_a_crooked_manifest_is_told_with_its_line(
    was: bytes, becomes: bytes, code: str, at: bytes
) -> None:
    assert (code, line_of(at)) in faults(GOOD.replace(was, becomes, 1))


def test_what_is_missing_is_told() -> None:
    without = {key: value for key, value in METADATA.items() if key != "mec_versions"}
    assert faults(write_manifest(without, {})) == [("manifest-missing", 1)]


@pytest.mark.parametrize("after", [b"", b"\n-----END CMS-----\nSource: evil\n"])
def test_a_signature_block_must_end_the_file(after: bytes) -> None:
    assert faults(GOOD + b"-----BEGIN CMS-----\nAA" + after) == [("manifest-cms", None)]


def test_bytes_that_are_no_text_are_refused() -> None:
    assert faults(b"metadata:\n\xff\xfe") == [("manifest-text", None)]


META = ToscaMeta("Definitions/app.yaml", "app.mf", "app.cert", "Someone", (("X", "y"),))


def test_metadata_that_is_written_is_read_back() -> None:
    assert parse_meta(write_meta(META)) == META


@pytest.mark.parametrize(
    ("raw", "code", "line"),
    [
        (b"Entry-Definitions: a.yaml\n", "meta-missing", None),
        (b"Entry-Definitions a.yaml\n", "meta-line", 1),
        (b"CSAR-Version: 1.1\nCSAR-Version: 1.1\n", "meta-twice", 2),
        (b"Entry-Definitions: ../a.yaml\n", "meta-name", 1),
        (b"Entry-Definitions: /a.yaml\n", "meta-name", 1),
        (b"\xff", "meta-text", None),
    ],
)
def test_crooked_metadata_is_told_with_its_line(raw: bytes, code: str, line: int | None) -> None:
    with pytest.raises(FaultsFound) as caught:
        parse_meta(raw)
    assert (caught.value.faults[0].code, caught.value.faults[0].line) == (code, line)
