"""A zip of a stranger: hostile names, links, bombs and lies are refused, and nothing is written."""

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from wayside.csar.archive import Archive
from wayside.csar.faults import FaultsFound
from wayside.csar.names import name_fault
from wayside.csar.policy import Limits

LIMITS = Limits(total_bytes=4_000_000, entry_bytes=2_000_000, ratio_from_bytes=100_000)


def zip_of(path: Path, entries: list[tuple[zipfile.ZipInfo | str, bytes]]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in entries:
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return path


def refused(path: Path, limits: Limits = LIMITS) -> str:
    with pytest.raises(FaultsFound) as caught, Archive(path, limits) as archive:
        for name in archive.files:
            for _ in archive.pieces(name):
                pass
    fault = caught.value.faults[0]
    assert fault.remedy
    return fault.code


def renamed(path: Path, was: bytes, becomes: bytes) -> Path:
    """Give an entry a name that zipfile would not write; both have the same length."""
    assert len(was) == len(becomes)
    path.write_bytes(path.read_bytes().replace(was, becomes))
    return path


@pytest.mark.parametrize(
    "name",
    [
        "../outside",
        "a/../../outside",
        "/etc/passwd",
        "a//b",
        "./a",
        "a/./b",
        "C:/windows",
        "c:evil",
        "a\\b",
        "..\\..\\x",
        "a\nb",
        "x" * 300,
        "/".join(["long"] * 300),
        "a /b",
        "\u2028",
        "..",
        "a/..",
    ],
)
def test_hostile_names_are_refused(tmp_path: Path, name: str) -> None:
    assert refused(zip_of(tmp_path / "p.zip", [(name, b"x")])) == "zip-name"
    assert name_fault(name)


@pytest.mark.parametrize("name", ["a", "a/b.txt", "Größe/ö.txt", "a b", ".hidden", "a..b", "c/d:e"])
def test_plain_names_are_taken(tmp_path: Path, name: str) -> None:
    with Archive(zip_of(tmp_path / "p.zip", [(name, b"x")]), LIMITS) as archive:
        assert archive.read(name) == b"x"


def test_a_name_that_ends_early_for_some_readers_is_refused(tmp_path: Path) -> None:
    path = renamed(zip_of(tmp_path / "p.zip", [("evil.txtZ", b"x")]), b"evil.txtZ", b"evil.txt\0")
    assert refused(path) == "zip-name"


def test_a_name_that_differs_inside_is_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "p.zip", [("good.txt", b"x")])
    raw = path.read_bytes()
    path.write_bytes(raw.replace(b"good.txt", b"evil.txt", 1))
    assert refused(path) == "zip-damaged"


@pytest.mark.parametrize("second", ["a.txt", "A.TXT"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_twice_is_refused(tmp_path: Path, second: str) -> None:
    assert refused(zip_of(tmp_path / "p.zip", [("a.txt", b"1"), (second, b"2")])) == "zip-twice"


def test_a_file_below_a_file_is_refused(tmp_path: Path) -> None:
    assert refused(zip_of(tmp_path / "p.zip", [("a", b"1"), ("a/b", b"2")])) == "zip-name"


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO, stat.S_IFSOCK])
def test_links_and_special_files_are_refused(tmp_path: Path, kind: int) -> None:
    entry = zipfile.ZipInfo("link")
    entry.create_system, entry.external_attr = 3, (kind | 0o777) << 16
    assert refused(zip_of(tmp_path / "p.zip", [(entry, b"/etc/passwd")])) == "zip-link"


def test_an_encrypted_entry_is_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "p.zip", [("a", b"x")])
    raw = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        raw[raw.index(signature) + offset] |= 1
    path.write_bytes(raw)
    assert refused(path) == "zip-encrypted"


def test_a_strange_compression_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.zip", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a", b"x" * 100)
    assert refused(tmp_path / "p.zip") == "zip-method"


def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    assert refused(zip_of(tmp_path / "p.zip", [("a", bytes(1_500_000))])) == "size-limit"


def test_an_entry_over_the_limit_is_refused(tmp_path: Path) -> None:
    limits = Limits(entry_bytes=1000)
    assert refused(zip_of(tmp_path / "p.zip", [("a", bytes(1001))]), limits) == "size-limit"


def test_a_size_that_lies_is_found_while_reading(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "p.zip", [("a", bytes(50_000))])
    raw = path.read_bytes()
    path.write_bytes(raw.replace(struct.pack("<L", 50_000), struct.pack("<L", 50)))
    assert refused(path) in ("size-limit", "zip-damaged")


def test_entries_that_share_bytes_are_counted_each(tmp_path: Path) -> None:
    """The overlap bomb: many entries, one kernel."""
    kernel = io.BytesIO()
    with zipfile.ZipFile(kernel, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a" * 4, bytes(90_000))
    raw = kernel.getvalue()
    start = raw.index(b"PK\x01\x02")
    end = raw.index(b"PK\x05\x06")
    record = raw[start:end]
    names = [f"{number:04d}".encode() for number in range(100)]
    directory = b"".join(record.replace(b"aaaa", name) for name in names)
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 100, 100, len(directory), start, 0)
    (tmp_path / "p.zip").write_bytes(raw[:start] + directory + tail)
    assert refused(tmp_path / "p.zip") in ("size-limit", "zip-damaged")


def test_too_many_entries_are_refused_before_they_are_listed(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "p.zip", [(f"{number}", b"") for number in range(50)])
    assert refused(path, Limits(entries=49)) == "size-limit"
    raw = bytearray(path.read_bytes())
    at = raw.rindex(b"PK\x05\x06")
    raw[at + 12 : at + 16] = struct.pack("<L", 1 << 30)
    path.write_bytes(raw)
    assert refused(path) == "size-limit"


def test_a_zip64_archive_is_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "p.zip", [("a", b"x")])
    raw = path.read_bytes()
    at = raw.rindex(b"PK\x05\x06")
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, 0, 1)
    path.write_bytes(raw[:at] + locator + raw[at:])
    assert refused(path) == "size-limit"


def test_a_wrong_checksum_is_found(tmp_path: Path) -> None:
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("a", b"genuine")
    path.write_bytes(path.read_bytes().replace(b"genuine", b"forgery"))
    assert refused(path) == "zip-damaged"


def test_a_folder_entry_is_no_file(tmp_path: Path) -> None:
    with Archive(zip_of(tmp_path / "p.zip", [("d/", b""), ("d/a", b"x")]), LIMITS) as archive:
        assert archive.files == ("d/a",)
