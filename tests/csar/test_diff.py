"""Two packages are compared by what they mean: attributes, images, files, signers."""

from pathlib import Path

from tests.csar.packages import APP, DEV, NOW, PROVIDER, project, signed, unsigned

from wayside.csar.build import build_package
from wayside.csar.diff import Difference, differences
from wayside.csar.package import open_package
from wayside.csar.signing import sign_package

RULES = """\
appd:
  appTrafficRule:
    - {trafficRuleId: a, filterType: FLOW, priority: 1, trafficFilter: [{}], action: DROP}
    - {trafficRuleId: b, filterType: FLOW, priority: 2, trafficFilter: [{}], action: DROP}
"""


def compared(first: Path, second: Path) -> dict[tuple[str, str], Difference]:
    with open_package(first, DEV, now=NOW) as one, open_package(second, DEV, now=NOW) as two:
        return {(each.kind, each.name): each for each in differences(one, two)}


def package(folder: Path, app: str = APP, **files: str) -> Path:
    return build_package(project(folder, app, **files), folder / "p.csar")


def test_a_package_is_not_different_from_itself_nor_from_its_like(tmp_path: Path) -> None:
    assert compared(package(tmp_path / "a"), package(tmp_path / "b")) == {}


def test_attributes_are_told_by_their_path(tmp_path: Path) -> None:
    other = APP.replace("An application.", "Another.") + "latency_ms: 2\n"
    found = compared(package(tmp_path / "a"), package(tmp_path / "b", other))
    description = found["appd", "appDescription"]
    assert (description.first, description.second) == ('"An application."', '"Another."')
    latency = found["appd", "appLatency.maxLatency"]
    assert (latency.first, latency.second) == (None, "2000000")


def test_rules_are_known_by_their_ids_and_not_by_their_places(tmp_path: Path) -> None:
    one_less = RULES.replace(RULES.split("\n")[2] + "\n", "").replace("priority: 2", "priority: 3")
    found = compared(package(tmp_path / "a", APP + RULES), package(tmp_path / "b", APP + one_less))
    changed = found["appd", "appTrafficRule[b].priority"]
    assert (changed.first, changed.second) == ("2", "3")
    assert found["appd", "appTrafficRule[a].priority"].second is None
    assert ("appd", "appTrafficRule[b].action") not in found


def test_a_changed_program_shows_in_its_layer_and_its_file(tmp_path: Path) -> None:
    first, second = package(tmp_path / "a"), package(tmp_path / "b", main="print('bye')\n")
    names = set(compared(first, second))
    assert ("image", "image layer 1") in names
    assert ("file", "Artifacts/Images/app.tar") in names
    assert ("file", "app.mf") not in names
    assert not any(kind == "appd" for kind, _ in names)


def test_a_changed_environment_shows_by_its_name(tmp_path: Path) -> None:
    first = package(tmp_path / "a", APP + "env: {A: 1}\n")
    found = compared(first, package(tmp_path / "b", APP + "env: {A: 2}\n"))
    changed = found["image", "image environment A"]
    assert (changed.first, changed.second) == ("1", "2")


def test_another_signer_is_told_and_nothing_else(tmp_path: Path) -> None:
    bare = unsigned(tmp_path)
    sign_package(bare, tmp_path / "signed.csar", PROVIDER)
    found = compared(bare, tmp_path / "signed.csar")
    assert set(found) == {("signer", "subject"), ("signer", "certificate")}
    assert found["signer", "subject"].second == "CN=Example"
    (tmp_path / "again").mkdir()
    assert compared(tmp_path / "signed.csar", signed(tmp_path / "again")) == {}
