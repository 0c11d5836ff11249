"""Whatever stands in a package or project, the answer is faults with a file, never a traceback."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.csar.packages import APP, DEV, NOW, contents, project, rewritten, unsigned

from wayside.csar.faults import FaultsFound
from wayside.csar.image import parse_recipe
from wayside.csar.lint import lint
from wayside.csar.package import package_faults
from wayside.csar.template_reading import read_template

BOMB = "a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(30_000))


@pytest.mark.parametrize("name", ["app.mf", "Definitions/app.yaml", "TOSCA-Metadata/TOSCA.meta"])
@pytest.mark.parametrize("raw", [b"", b"\xff\xfe\x00", b"a: [", b"\x00" * 9, BOMB.encode()])
def test_a_crooked_document_of_a_package_is_told_with_its_file(
    tmp_path: Path, name: str, raw: bytes
) -> None:
    found = package_faults(rewritten(unsigned(tmp_path), {name: raw}), DEV, now=NOW)
    assert found
    assert all(fault.remedy and fault.sentence for fault in found)
    assert name in {fault.file for fault in found}


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"- 1", b"a: *b", b"x: !!python/none", BOMB.encode()])
def test_a_crooked_app_yaml_is_told_with_its_file(tmp_path: Path, raw: bytes) -> None:
    folder = project(tmp_path / "project")
    (folder / "app.yaml").write_bytes(raw)
    found = lint(folder, now=NOW)
    assert found and {fault.file for fault in found} == {"app.yaml"}


LINES = st.lists(st.sampled_from(APP.split("\n")) | st.text(max_size=20), max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(LINES)
def test_no_recipe_crashes_its_reader(lines: list[str]) -> None:
    _, faults = parse_recipe("\n".join(lines), "Containerfile")
    assert all(fault.file == "Containerfile" and fault.line for fault in faults)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_template_with_any_line_changed_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = contents(unsigned(tmp_path_factory.mktemp("p")))["Definitions/app.yaml"].split(b"\n")
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] = whole[at][: len(whole[at]) // 2] + data.draw(st.binary(max_size=8))
    try:
        read_template("t.yaml", lambda _: b"\n".join(whole))
    except FaultsFound as caught:
        assert all(fault.file == "t.yaml" and fault.remedy for fault in caught.faults)
