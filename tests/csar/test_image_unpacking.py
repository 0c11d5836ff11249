"""Hostile layers write nothing outside, nothing special, and nothing beyond the limits."""

import gzip
import io
import tarfile
from pathlib import Path

import pytest
from tests.csar.images import archive, entry, folder, hard_link, symlink, tar_of

from wayside.core.errors import Problem, TooLarge, Unprocessable
from wayside.csar.image import ImageLimits, unpack

Entry = tuple[tarfile.TarInfo, bytes]


@pytest.mark.parametrize(
    "entries",
    [
        [entry("../outside", b"x")],
        [entry("a/../../outside", b"x")],
        [symlink("door", "../.."), entry("door/outside", b"x")],
        [symlink("door", "/tmp"), entry("door/outside", b"x")],
        [symlink("door", "a"), folder("a"), entry("door/file", b"x")],
        [symlink("out", "../../etc/passwd")],
        [hard_link("out", "../../etc/passwd")],
        [hard_link("out", "/etc/passwd")],
        [symlink("passwd", "/etc/passwd"), hard_link("out", "passwd")],
        [entry("null", kind=tarfile.CHRTYPE)],
        [entry("disk", kind=tarfile.BLKTYPE)],
        [entry("pipe", kind=tarfile.FIFOTYPE)],
        [entry("a/.wh...", b"")],
        [entry("..", b"x")],
        [entry("/".join(["d"] * 80), b"x")],
    ],
)
def test_hostile_entries_are_refused_and_nothing_is_left(
    tmp_path: Path, entries: list[Entry]
) -> None:
    image = archive(tmp_path / "i.tar", entries)
    with pytest.raises(Unprocessable, match=r"Image i\.tar"):
        unpack(image, tmp_path / "deep" / "root")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "i.tar"]
    assert list((tmp_path / "deep").iterdir()) == []


def test_an_absolute_name_lands_inside(tmp_path: Path) -> None:
    unpack(archive(tmp_path / "i.tar", [entry("/etc/app.conf", b"x")]), tmp_path / "root")
    assert (tmp_path / "root/etc/app.conf").read_bytes() == b"x"


def test_no_bit_that_lends_rights_survives(tmp_path: Path) -> None:
    entries = [entry("su", b"x", mode=0o6777), folder("d", mode=0o7777)]
    unpack(archive(tmp_path / "i.tar", entries), tmp_path / "root")
    assert (tmp_path / "root/su").stat().st_mode & 0o7777 == 0o755
    assert (tmp_path / "root/d").stat().st_mode & 0o7777 == 0o755


def test_a_file_replaces_a_link_and_does_not_follow_it(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("safe")
    image = archive(tmp_path / "i.tar", [symlink("f", str(victim))], [entry("f", b"new")])
    unpack(image, tmp_path / "root")
    assert victim.read_text() == "safe"
    assert (tmp_path / "root/f").read_bytes() == b"new"


def test_whiteouts_hide_what_lower_layers_wrote(tmp_path: Path) -> None:
    image = archive(
        tmp_path / "i.tar",
        [entry("keep/a", b"1"), entry("gone", b"2"), entry("dir/old", b"3")],
        [entry(".wh.gone"), entry("dir/new", b"4"), entry("dir/.wh..wh..opq")],
    )
    unpack(image, tmp_path / "root")
    root = tmp_path / "root"
    found = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    assert found == {"keep/a", "dir/new"}


@pytest.mark.parametrize("compressed", [False, True])
def test_plain_and_gzip_layers_unpack_alike(tmp_path: Path, compressed: bool) -> None:
    image = archive(tmp_path / "i.tar", [entry("f", b"x" * 5000)], compressed=compressed)
    unpack(image, tmp_path / "root")
    assert (tmp_path / "root/f").read_bytes() == b"x" * 5000


@pytest.mark.parametrize(
    "limits",
    [ImageLimits(bytes_total=50_000), ImageLimits(file_bytes=50_000), ImageLimits(entries=2)],
)
def test_limits_hold_while_reading(tmp_path: Path, limits: ImageLimits) -> None:
    entries = [entry("a", b"\0" * 100_000), entry("b"), entry("c")]
    image = archive(tmp_path / "i.tar", entries, compressed=True)
    with pytest.raises(TooLarge, match="Make it smaller"):
        unpack(image, tmp_path / "root", limits=limits)
    assert not (tmp_path / "root").exists()


def test_a_gzip_bomb_behind_the_last_entry_is_not_read_to_its_end(tmp_path: Path) -> None:
    image = archive(tmp_path / "i.tar", [entry("f", b"\0" * 30_000_000)], compressed=True)
    with pytest.raises(TooLarge):
        unpack(image, tmp_path / "root", limits=ImageLimits(bytes_total=1000, entries=10))


def test_a_giant_extension_header_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        member = tarfile.TarInfo("f")
        member.pax_headers = {"comment": "x" * 2_000_000}
        tar.addfile(member)
    image = tmp_path / "i.tar"
    image.write_bytes(out.getvalue())
    with pytest.raises(Unprocessable, match="a header of"):
        unpack(image, tmp_path / "root")


def test_a_layer_that_is_not_what_the_config_says_is_refused(tmp_path: Path) -> None:
    image = archive(tmp_path / "i.tar", [entry("f")], diff_ids=["sha256:" + "0" * 64])
    with pytest.raises(Unprocessable, match="does not unpack to"):
        unpack(image, tmp_path / "root")


def test_a_layer_that_is_not_its_digest_is_refused(tmp_path: Path) -> None:
    genuine = tar_of([entry("f", b"good")])
    image = archive(
        tmp_path / "i.tar", [entry("f", b"good")], damage=genuine.replace(b"good", b"evil")
    )
    with pytest.raises(Unprocessable, match="digest"):
        unpack(image, tmp_path / "root")


def test_a_truncated_gzip_layer_is_refused(tmp_path: Path) -> None:
    image = archive(
        tmp_path / "i.tar",
        [entry("f", b"abc" * 1000)],
        compressed=True,
        damage=gzip.compress(b"no")[:-6],
    )
    with pytest.raises(Problem):
        unpack(image, tmp_path / "root")


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    (tmp_path / "root/mine").write_text("x")
    with pytest.raises(Unprocessable, match="not empty"):
        unpack(archive(tmp_path / "i.tar", [entry("f")]), tmp_path / "root")
    assert (tmp_path / "root/mine").read_text() == "x"
