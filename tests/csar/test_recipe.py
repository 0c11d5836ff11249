"""Images made as a Containerfile says, without Docker; what cannot be followed is told by line."""

from pathlib import Path

import pytest
from tests.csar.images import archive, entry, symlink
from tests.csar.packages import DEV, NOW

from wayside.csar.build import build_package
from wayside.csar.image import make_image, parse_recipe, read_config, unpack
from wayside.csar.lint import lint
from wayside.csar.package import open_package

RECIPE = """\
# A small server
FROM scratch
LABEL org.opencontainers.image.title=hello \\
      org.opencontainers.image.vendor="An Example"
LABEL org.opencontainers.image.version 1.0
LABEL org.opencontainers.image.description="Says hello."
ENV ROOT=/srv LANG=C.UTF-8
WORKDIR $ROOT/app
COPY main.py lib ./
COPY data/*.txt /data/
USER 1000
EXPOSE 8080 53/udp
ENTRYPOINT ["python3"]
CMD ["main.py", "--port", "8080"]
"""


def project(folder: Path, recipe: str = RECIPE, name: str = "Containerfile") -> Path:
    (folder / "lib").mkdir(parents=True)
    (folder / "data").mkdir()
    (folder / name).write_text(recipe)
    (folder / "main.py").write_text("print('hello')\n")
    (folder / "lib" / "more.py").write_text("")
    (folder / "data" / "a.txt").write_text("a")
    (folder / "data" / "b.bin").write_text("b")
    return folder


def made(folder: Path, recipe: str) -> Path:
    found, faults = parse_recipe(recipe, "Containerfile")
    assert faults == []
    make_image(found, folder, folder / "image.tar")
    return folder / "image.tar"


def tree(image: Path, folder: Path) -> list[str]:
    unpack(image, folder)
    files = (path for path in folder.rglob("*") if path.is_symlink() or path.is_file())
    return sorted(str(path.relative_to(folder)) for path in files)


def test_a_recipe_becomes_an_image_that_runs_as_it_says(tmp_path: Path) -> None:
    image = made(project(tmp_path / "app"), RECIPE)
    config = read_config(image)
    assert config.argv == ("python3", "main.py", "--port", "8080")
    assert config.env == ("ROOT=/srv", "LANG=C.UTF-8")
    assert (config.cwd, config.user) == ("/srv/app", "1000")
    assert tree(image, tmp_path / "root") == ["data/a.txt", "srv/app/main.py", "srv/app/more.py"]


def test_the_same_recipe_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (made(project(tmp_path / each), RECIPE) for each in "ab")
    assert first.read_bytes() == second.read_bytes()


def test_an_archive_keeps_its_layers_below_and_its_settings_unless_told(tmp_path: Path) -> None:
    folder = project(tmp_path / "app")
    run: dict[str, object] = {"Cmd": ["/old"], "Env": ["A=1", "B=2"], "User": "7"}
    archive(folder / "base.tar", [entry("bin/old", b"old")], run=run, compressed=True)
    image = made(folder, "FROM base.tar\nENV B=3\nCOPY main.py /bin/\nENTRYPOINT /bin/old -x\n")
    config = read_config(image)
    assert config.argv == ("/bin/sh", "-c", "/bin/old -x")
    assert (config.env, config.user) == (("A=1", "B=3"), "7")
    assert tree(image, tmp_path / "root") == ["bin/main.py", "bin/old"]


def test_a_root_file_system_keeps_its_links(tmp_path: Path) -> None:
    folder = project(tmp_path / "app")
    (folder / "root" / "usr" / "bin").mkdir(parents=True)
    (folder / "root" / "usr" / "bin" / "sh").write_text("#!")
    (folder / "root" / "bin").symlink_to("usr/bin")
    image = made(folder, "FROM root\nCMD /bin/sh\n")
    assert tree(image, tmp_path / "unpacked") == ["bin", "usr/bin/sh"]
    assert (tmp_path / "unpacked" / "bin").is_symlink()


def test_a_folder_with_a_recipe_alone_becomes_a_package(tmp_path: Path) -> None:
    folder = project(tmp_path / "app", name="Dockerfile")
    assert lint(folder, now=NOW) == []
    with open_package(build_package(folder), DEV, now=NOW) as package:
        assert (package.appd.app_d_id, package.appd.app_provider) == ("hello-1.0", "An Example")
        assert package.containers[0].image.config is not None
        assert package.containers[0].image.config.argv[0] == "python3"


def test_what_only_its_author_knows_is_asked_for(tmp_path: Path) -> None:
    folder = project(tmp_path / "app", "FROM scratch\nCOPY main.py /\nCMD /main.py\n")
    found = lint(folder, now=NOW)
    assert [(fault.code, fault.file) for fault in found] == [("recipe-label", "Containerfile")] * 4
    assert "org.opencontainers.image.vendor" in found[1].remedy


APP = """\
id: app-1.0
name: app
provider: Example
version: "1.0"
description: An application.
"""


def test_a_container_of_a_project_is_built_by_its_recipe(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    folder = tmp_path / "p"
    project(folder / "web")
    archive(folder / "db.tar", [entry("bin/db")], run={"Cmd": ["/bin/db"]})
    containers = "containers:\n  - {name: web, build: web}\n"
    containers += "  - {name: db, image: db.tar, env: {SIZE: 1}}\n"
    (folder / "app.yaml").write_text(APP + containers)
    with open_package(build_package(folder), DEV, now=NOW) as package:
        web, db = (each.image.config for each in package.containers)
    assert web is not None and web.cwd == "/srv/app"
    assert db is not None and (db.argv, db.env) == (("/bin/db",), ("SIZE=1",))


@pytest.mark.parametrize(
    ("was", "becomes", "code", "line", "said"),
    [
        ("USER 1000", "RUN make", "recipe-instruction", 11, "COPY what it makes"),
        ("USER 1000", "ADD http://h/x /", "recipe-instruction", 11, "COPY"),
        ("USER 1000", "FLY away", "recipe-instruction", 11, "FROM, COPY"),
        ("USER 1000", "USER", "recipe-empty", 11, "USER"),
        ("USER 1000", "FROM scratch", "recipe-from", 11, "one stage"),
        ("FROM scratch", "FROM debian:13", "recipe-base", 2, "nothing is downloaded"),
        ("FROM scratch", "FROM ../root", "recipe-base", 2, "beside this file"),
        ("FROM scratch", "FROM --platform=x scratch", "recipe-from", 2, "FROM"),
        ("FROM scratch", "", "recipe-from", 3, "before FROM"),
        ("COPY main.py lib ./", "COPY gone.py ./", "recipe-copy", 9, "gone.py"),
        ("COPY main.py lib ./", "COPY ../secret ./", "recipe-copy", 9, "no such file"),
        ("COPY main.py lib ./", "COPY main.py", "recipe-copy", 9, "no target"),
        ("COPY main.py lib ./", "COPY --chown=1 main.py ./", "recipe-option", 9, "root"),
        ("EXPOSE 8080 53/udp", "EXPOSE 80800", "recipe-port", 12, "65535"),
        ('CMD ["main.py"', "CMD [main.py", "recipe-list", 14, "double quotes"),
        ("ENV ROOT=/srv", 'ENV ROOT="/srv', "recipe-quotes", 7, "quotes"),
        ("ENV ROOT=/srv LANG", "ENV ROOT=/srv 1LANG", "recipe-pair", 7, "1LANG"),
        ("WORKDIR $ROOT", "WORKDIR $HOME", "recipe-variable", 8, "HOME"),
    ],
)
def test_what_cannot_be_followed_is_told_with_line_and_remedy(
    tmp_path: Path, was: str, becomes: str, code: str, line: int, said: str
) -> None:
    assert was in RECIPE
    found = {
        f.code: f for f in lint(project(tmp_path / "app", RECIPE.replace(was, becomes, 1)), now=NOW)
    }
    assert code in found, found
    assert (found[code].file, found[code].line) == ("Containerfile", line), str(found[code])
    assert said in str(found[code])


def test_a_link_is_not_copied_out_of_the_context(tmp_path: Path) -> None:
    folder = project(tmp_path / "app")
    (folder / "lib" / "secret").symlink_to("/etc/passwd")
    found = [fault.code for fault in lint(folder, now=NOW)]
    assert found == ["recipe-copy"]


def test_an_ignore_file_is_not_passed_over_in_silence(tmp_path: Path) -> None:
    folder = project(tmp_path / "app")
    (folder / ".dockerignore").write_text("data\n")
    assert [fault.code for fault in lint(folder, now=NOW)] == ["recipe-ignore"]


def test_links_of_a_base_archive_stay_what_they_are(tmp_path: Path) -> None:
    folder = project(tmp_path / "app")
    archive(folder / "base.tar", [entry("usr/x", b"x"), symlink("lib", "usr")])
    image = made(folder, "FROM base.tar\nCMD /x\n")
    assert tree(image, tmp_path / "root") == ["lib", "usr/x"]
