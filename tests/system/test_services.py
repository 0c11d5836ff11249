"""MEC services are found, built and joined, whoever wrote them; nobody keeps a list."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.mep.world import SERVICES, MepWorld

from wayside.core.errors import Unprocessable
from wayside.system import services
from wayside.system.settings import HostSettings

GREETER = """
from wayside.chassis.hosting import Host, Manifest, Service, ServiceSettings
from wayside.core.operations import Api, get
from wayside.core.wire import Wire


class Greeting(Wire):
    words: str


class Greeter(Api, name="greeter", version="v1", spec="Ours", title="Greeter"):
    def __init__(self, words: str) -> None:
        self._words = words

    @get("/greeting", clause="Ours: a third party's", scope="greeter:read")
    async def get_greeting(self) -> Greeting:
        \"\"\"Greet.\"\"\"
        return Greeting(words=self._words)


MANIFEST = Manifest(name="greeter", category="Manners", apis=(Greeter,), feature="Manners")


class Settings(ServiceSettings):
    words: str = "Hello."


def build(host: Host[Settings]) -> Service:
    return Service(apis=(Greeter(host.settings.words),))
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed packages; what is found is looked for anew."""
    monkeypatch.syspath_prepend(str(tmp_path))
    services.found.cache_clear()
    yield tmp_path
    services.found.cache_clear()


def package(folder: Path, name: str, code: str) -> None:
    """Install a distribution with one module, named in the entry points."""
    (folder / f"{name}.py").write_text(code)
    about = folder / f"{name}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[wayside.services]\n{name} = {name}\n")


def test_every_folder_of_services_is_found_under_its_own_name() -> None:
    folders = {each.parent.name for each in Path("src/wayside/services").glob("*/service.py")}
    assert folders == {each.MANIFEST.name for each in services.found()}
    for each in services.found():
        assert each.MANIFEST.name == each.MANIFEST.apis[0].info.name


async def test_a_service_of_a_third_party_is_served_found_and_ended_like_ours(
    install: Path,
) -> None:
    package(install, "wayside_greeter_of_a_test", GREETER)
    said: services.Said = {"greeter": {"words": "Good morning."}}
    async with MepWorld(services=said) as world:
        (found,) = (await world.http.get(f"{SERVICES}/services?ser_name=greeter")).json()
        path = found["transportInfo"]["endpoint"]["uris"][0].removeprefix("http://10.60.1.1:8080")
        answer = await world.http.get(f"{path}/greeting")
        assert answer.json() == {"words": "Good morning."}
        assert {"Manners", "UEIdentity"} <= set(services.features(said))
        assert {"greeter", "ui"} <= set(services.names(said))
        world.change_services({"greeter": {"enabled": False}})
        await world.restart()
        assert (await world.http.get(f"{SERVICES}/services?ser_name=greeter")).json() == []
        assert (await world.http.get(f"{path}/greeting")).status_code == 404


async def test_a_service_keeps_its_identifier_over_restarts() -> None:
    async with MepWorld(services={}) as world:
        before = (await world.http.get(f"{SERVICES}/services")).json()
        await world.restart()
        assert (await world.http.get(f"{SERVICES}/services")).json() == before != []


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("import no_such_module_anywhere", "cannot be imported"),
        ("MANIFEST = 1", "is no service"),
        (GREETER.replace('name="greeter"', 'name="ui"'), "there is a service ui already"),
    ],
)
def test_what_is_no_service_is_refused_by_its_entry_point(
    install: Path, code: str, sentence: str
) -> None:
    name = f"wayside_wrong_of_a_test_{abs(hash(code))}"
    package(install, name, code)
    with pytest.raises(Unprocessable, match=f"entry point {name} = {name}.* ?{sentence}"):
        services.found()


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"uii": {}}, r"services.uii: no such service is installed \(there are: .*ui"),
        ({"ui": {"tag": {}}}, "services.ui: .*unknown field `tag`"),
        ({"ui": {"enabled": "no"}}, r"services.ui: \$.enabled"),
        ({"ui": {"tags": {"vip": ["ue1"]}}}, "tags.vip: .*'ue1' is no IP address"),
    ],
)
def test_wrong_settings_are_refused_by_service_and_field(
    said: services.Said, sentence: str
) -> None:
    with pytest.raises(Unprocessable, match=sentence):
        services.settings_of(said)


def test_settings_of_services_survive_the_file(tmp_path: Path) -> None:
    file = tmp_path / "host.toml"
    file.write_text(
        """state = "s"
host_id = "mec1"
name = "one"
meo = "http://127.0.0.1:1"
[capacity]
cpu_milli = 1
memory_bytes = 1
storage_bytes = 1
[network]
device_side = ["cell"]
uplink = ["core"]
gateway = "10.60.1.1"
pool = "10.60.1.0/24"
dns_listen = []
[services.ui.tags]
vip = ["10.45.1.1"]
"""
    )
    read = HostSettings.load(file)
    read.save(file)
    assert HostSettings.load(file).services == {"ui": {"tags": {"vip": ["10.45.1.1"]}}}
