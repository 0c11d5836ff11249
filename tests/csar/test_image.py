"""Images are written the same each time, read as they say, and refused where they lie."""

from pathlib import Path

import pytest
from tests.csar.images import archive, entry

from wayside.core.errors import Unprocessable
from wayside.csar.image import HOST_BASE, ImageConfig, read_config, unpack, write_image

CONFIG = ImageConfig(
    entrypoint=("python3", "main.py"), env=("LANG=C.UTF-8",), cwd="/app", base=HOST_BASE
)


def project(folder: Path) -> Path:
    (folder / "lib").mkdir(parents=True)
    (folder / "main.py").write_text("print('hello')\n")
    (folder / "lib" / "run").write_text("#!/bin/sh\n")
    (folder / "lib" / "run").chmod(0o755)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "main.pyc").write_bytes(b"\0")
    return folder


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    image = tmp_path / "image.tar"
    write_image(project(tmp_path / "files"), image, CONFIG)
    found = read_config(image)
    assert found == CONFIG
    assert found.argv == ("python3", "main.py")


def test_the_same_folder_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "1.tar", tmp_path / "2.tar"
    write_image(project(tmp_path / "a"), first, CONFIG)
    write_image(project(tmp_path / "b"), second, CONFIG)
    assert first.read_bytes() == second.read_bytes()


def test_unpacking_gives_the_files_back_below_the_prefix(tmp_path: Path) -> None:
    image = tmp_path / "image.tar"
    write_image(project(tmp_path / "files"), image, CONFIG)
    unpack(image, tmp_path / "root")
    assert (tmp_path / "root/app/main.py").read_text() == "print('hello')\n"
    assert (tmp_path / "root/app/lib/run").stat().st_mode & 0o777 == 0o755
    assert (tmp_path / "root/app/main.py").stat().st_mode & 0o777 == 0o644
    assert not (tmp_path / "root/app/__pycache__").exists()


def test_a_link_in_the_project_is_refused(tmp_path: Path) -> None:
    files = project(tmp_path / "files")
    (files / "secret").symlink_to("/etc/passwd")
    with pytest.raises(Unprocessable, match="secret is a link"):
        write_image(files, tmp_path / "image.tar", CONFIG)


def test_an_image_of_another_tool_is_read_with_its_nulls(tmp_path: Path) -> None:
    run = {"Entrypoint": None, "Cmd": ["/bin/app", "-v"], "Env": None, "WorkingDir": ""}
    image = archive(tmp_path / "i.tar", [entry("bin/app")], run=run)
    found = read_config(image)
    assert (found.argv, found.cwd, found.base) == (("/bin/app", "-v"), "/", None)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"not a tar", "uncompressed tar"), (b"", "index.json is missing|uncompressed tar")],
)
def test_what_is_no_layout_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "i.tar").write_bytes(content)
    with pytest.raises(Unprocessable, match=said):
        read_config(tmp_path / "i.tar")


def test_an_image_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unprocessable, match=r"gone\.tar"):
        read_config(tmp_path / "gone.tar")


def test_every_single_damaged_byte_of_a_blob_is_found(tmp_path: Path) -> None:
    image = tmp_path / "image.tar"
    write_image(project(tmp_path / "files"), image, CONFIG)
    whole = image.read_bytes()
    at = whole.index(b"print('hello')")
    image.write_bytes(whole[:at] + b"P" + whole[at + 1 :])
    with pytest.raises(Unprocessable, match="digest"):
        unpack(image, tmp_path / "root")
    assert not (tmp_path / "root").exists()
