"""A Helm chart comes along with an application in containers, and must be in its package."""

from pathlib import Path

from tests.csar.packages import APP, DEV, NOW, contents, project, rewritten

from wayside.csar.build import build_package
from wayside.csar.lint import lint
from wayside.csar.package import open_package, package_faults

CHART = "Artifacts/Deployment/Charts/app-0.1.tgz"


def with_chart(folder: Path) -> Path:
    project(folder, APP + "chart: charts/app-0.1.tgz\n")
    (folder / "charts").mkdir()
    (folder / "charts" / "app-0.1.tgz").write_bytes(b"\x1f\x8b chart")
    return build_package(folder)


def test_a_chart_is_packed_and_named_by_its_identifier(tmp_path: Path) -> None:
    with open_package(with_chart(tmp_path / "app"), DEV, now=NOW) as package:
        assert package.appd.mciop_id == "app-0-1"
        assert package.charts == (CHART,)
        assert package.read(CHART) == b"\x1f\x8b chart"
        assert b"tosca.artifacts.nfv.HelmChart" in package.read(package.template)


def test_a_chart_that_is_not_there_is_found_in_project_and_package(tmp_path: Path) -> None:
    package = with_chart(tmp_path / "app")
    (tmp_path / "app" / "charts" / "app-0.1.tgz").unlink()
    (fault,) = lint(tmp_path / "app", now=NOW)
    assert (fault.code, fault.line) == ("project-chart", 7)
    template = contents(package)["Definitions/app.yaml"].replace(b"app-0.1.tgz", b"gone.tgz")
    found = package_faults(rewritten(package, {"Definitions/app.yaml": template}), DEV, now=NOW)
    assert "chart-missing" in [fault.code for fault in found]
