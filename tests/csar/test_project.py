"""From ``app.yaml`` to an AppD, and every fault of it with its line."""

from pathlib import Path

import pytest
from tests.csar.images import archive, entry
from tests.csar.packages import APP, DEV, NOW, contents, project, unsigned

from wayside.core.errors import Conflict, Unprocessable
from wayside.csar.build import build_package
from wayside.csar.lint import lint
from wayside.csar.package import open_package
from wayside.csar.scaffold import new_project

NAME = """\
appd:
  appDNSRule:
    - dnsRuleId: name
      domainName: app.example
      ipAddress: ${host.ip}
      ipAddressType: IP_V4
"""
RULES = """\
appd:
  appTrafficRule:
    - trafficRuleId: r
      filterType: FLOW
      priority: 1
      trafficFilter: [{dstAddress: [203.0.113.10]}]
      action: DROP
"""


def test_the_short_form_becomes_a_whole_appd(tmp_path: Path) -> None:
    app = APP + "cpu_milli: 500\nmemory_mb: 128\nstorage_gb: 0.5\nlatency_ms: 2.5\nenv: {A: b}\n"
    with open_package(unsigned(tmp_path, app), DEV, now=NOW) as package:
        appd = package.appd
    (container,) = appd.os_container_descriptor
    assert (container.requested_cpu_resources, container.memory_resource_limit) == (500, 128)
    assert container.requested_ephemeral_storage_resources == 0.5
    assert appd.app_latency is not None
    assert appd.app_latency.max_latency == 2_500_000


def test_a_version_needs_no_quotes(tmp_path: Path) -> None:
    app = APP.replace('version: "1.0"', "version: 1.10")
    with open_package(unsigned(tmp_path, app), DEV, now=NOW) as package:
        assert package.appd.app_soft_version == "1.10"


def test_the_whole_appd_is_at_hand(tmp_path: Path) -> None:
    with open_package(unsigned(tmp_path, APP + RULES), DEV, now=NOW) as package:
        assert package.appd.app_traffic_rule[0].priority == 1


def test_an_image_of_another_tool_is_taken_as_it_is(tmp_path: Path) -> None:
    app = APP.replace("run: [python3, main.py]", "image: other.tar")
    folder = project(tmp_path / "project", app)
    image = archive(folder / "other.tar", [entry("bin/app")], run={"Cmd": ["/bin/app"]})
    package = build_package(folder)
    assert package == folder / "app-1.0.csar"
    assert contents(package)["Artifacts/Images/app.tar"] == image.read_bytes()


def test_change_log_and_licences_come_along(tmp_path: Path) -> None:
    folder = project(tmp_path / "project")
    (folder / "CHANGELOG.md").write_text("1.0 first\n")
    (folder / "Licenses").mkdir()
    (folder / "Licenses" / "MIT.txt").write_text("MIT\n")
    files = contents(build_package(folder))
    assert files["ChangeLog.txt"] == b"1.0 first\n"
    assert b"ETSI-Entry-Change-Log: ChangeLog.txt" in files["TOSCA-Metadata/TOSCA.meta"]
    assert b"Source: Licenses/MIT.txt" in files["app.mf"]
    assert lint(folder / "app-1.0.csar", now=NOW) == []


@pytest.mark.parametrize(
    ("app", "code", "line", "said"),
    [
        (APP.replace("name: app", "name app"), "yaml-syntax", 2, "YAML"),
        (APP + "colour: red\n", "project-name", 7, "colour"),
        (APP.replace("provider: Example\n", ""), "project-missing", None, "provider"),
        (APP + "cpu_milli: many\n", "project-type", 7, "cpu_milli"),
        (APP + "cpu_milli: 0\n", "project-amount", 7, "cpu_milli"),
        (APP.replace("id: app-1.0", "id: app 1.0"), "appd-id", 1, "appDId"),
        (APP + "latency_ms: -1\n", "appd-latency", 7, "maxLatency"),
        (APP + "mec_version: new\n", "appd-mec-version", None, "mecVersion"),
        (APP + "files: src\n", "project-files", 7, "src"),
        (APP + "image: gone.tar\n", "project-image", 7, "gone.tar"),
        (APP.replace("run: [python3, main.py]\n", ""), "project-run", 1, "run"),
        (APP + RULES.replace("priority: 1", "priority: 300"), "appd-type", 11, "255"),
        (APP + RULES.replace("203.0.113.10", "cloud"), "rule-address", 12, "cloud"),
        (APP + RULES.replace("DROP", "FORWARD_DECAPSULATED"), "rule-destinations", 9, "1 or 2"),
        (APP + "appd: {appColour: red}\n", "appd-unknown", 7, "appColour"),
        (APP + NAME, "rule-placeholder", 11, "${platform.ip}"),
    ],
)
def test_a_fault_has_a_code_a_line_and_a_remedy(
    tmp_path: Path, app: str, code: str, line: int | None, said: str
) -> None:
    folder = project(tmp_path / "project", app)
    found = {fault.code: fault for fault in lint(folder, now=NOW)}
    assert code in found, found
    fault = found[code]
    assert fault.file == "app.yaml"
    assert line is None or fault.line == line, str(fault)
    assert said in str(fault)
    assert fault.remedy
    with pytest.raises(Unprocessable):
        build_package(folder)
    assert not list(folder.glob("*.csar"))


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    app = APP.replace("id: app-1.0", "id: a/b") + "latency_ms: 0\nmemory_mb: 0\n"
    found = lint(project(tmp_path / "project", app), now=NOW)
    assert [fault.code for fault in found] == ["appd-id", "appd-latency", "project-amount"]


def test_a_folder_without_app_yaml_is_no_project(tmp_path: Path) -> None:
    (fault,) = lint(tmp_path, now=NOW)
    assert "wayside app new" in fault.remedy


def test_lint_of_a_whole_project_and_package_finds_nothing(tmp_path: Path) -> None:
    package = unsigned(tmp_path)
    assert lint(tmp_path / "project", now=NOW) == []
    assert lint(package, now=NOW) == []


@pytest.mark.parametrize("name", ["my-app", "a", "video2"])
def test_a_new_project_is_without_fault_and_builds(tmp_path: Path, name: str) -> None:
    folder = new_project(tmp_path / "here", name)
    assert lint(folder, now=NOW) == []
    with open_package(build_package(folder), DEV, now=NOW) as package:
        assert package.appd.app_d_id == f"{name}-1.0"
        assert package.appd.app_dns_rule[0].domain_name == f"{name}.example"
    compile((folder / "files" / "main.py").read_text(), "main.py", "exec")
    assert "@" not in (folder / "app.yaml").read_text()


def test_the_skeleton_is_hello_edge_under_another_name(tmp_path: Path) -> None:
    example = Path(__file__).resolve().parents[2] / "examples" / "hello-edge"
    folder = new_project(tmp_path / "here", "hello-edge")
    ours = (folder / "files" / "main.py").read_text()
    theirs = (example / "files" / "main.py").read_text()
    assert ours == theirs.replace('"serName": "hello"', '"serName": "hello-edge"').replace(
        "service `hello`", "service `hello-edge`"
    )


@pytest.mark.parametrize("name", ["My App", "../x", "-a", "a--b", "", "x" * 41, "9lives"])
def test_a_name_that_cannot_name_an_application_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(Unprocessable, match="lower-case"):
        new_project(tmp_path / "here", name)
    assert not (tmp_path / "here").exists()


def test_a_new_project_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("x")
    with pytest.raises(Conflict):
        new_project(tmp_path, "app")
    assert (tmp_path / "mine").read_text() == "x"
