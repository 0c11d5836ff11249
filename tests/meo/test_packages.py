"""A package's life: made, uploaded, checked, enabled, used, disabled, deleted; and refused."""

import asyncio
import io
import zipfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from tests.csar.edgegallery import edgegallery
from tests.csar.edgegallery import files_of as files_of_edgegallery
from tests.csar.packages import contents, one_byte_off, rewritten, unsigned
from tests.knife import Killed
from tests.meo.tiers import PACKAGE_BYTES_MAX, Reply, Tiers, ask
from tests.model.descriptors import an_appd

from wayside.adapters.clocks import SystemClock
from wayside.adapters.memory import MemoryJournal
from wayside.core.errors import Conflict, Forbidden, NotFound, Unavailable
from wayside.core.ids import AppDId, AppPkgId
from wayside.core.journal import Change
from wayside.core.requests import ListQuery
from wayside.core.wire import encode
from wayside.csar.keys import new_authority, new_provider
from wayside.csar.policy import Policy
from wayside.csar.signing import sign_package
from wayside.model.app_pkgm import (
    AppPkgInfo,
    AppPkgInfoModifications,
    OnboardingState,
    PackageOperationalState,
    UsageState,
)

NOW = SystemClock().now()
AUTHORITY = new_authority("Test authority", now=NOW)
PROVIDER = new_provider("Example", now=NOW, authority=AUTHORITY)
STRICT = Policy(anchors=(AUTHORITY.certificate,))
ENABLED = AppPkgInfoModifications(operational_state=PackageOperationalState.ENABLED)
DISABLED = AppPkgInfoModifications(operational_state=PackageOperationalState.DISABLED)
PACKAGES = "/app_pkgm/v1/app_packages"
MD5 = {"algorithm": "MD5", "hash": "00" * 16}
CHECKSUM = {"algorithm": "SHA-256", "hash": "00" * 32}


@pytest.fixture
async def tiers(tmp_path: Path) -> AsyncIterator[Tiers]:
    async with Tiers(tmp_path) as running:
        yield running


async def uploaded(tiers: Tiers, content: bytes) -> AppPkgInfo:
    return await tiers.upload(await tiers.create_package(content), content)


def files_of(tiers: Tiers) -> list[str]:
    folder = tiers.folder / "packages"
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


async def test_a_new_package_waits_for_its_content_and_cannot_be_used(tiers: Tiers) -> None:
    id_ = await tiers.create_package(b"something")
    info = (await tiers.packages.get_app_package(id_)).value
    assert info.onboarding_state is OnboardingState.CREATED
    assert info.operational_state is PackageOperationalState.DISABLED
    assert info.usage_state is UsageState.NOT_IN_USE
    assert info.app_d_id == id_
    with pytest.raises(Conflict, match="needs it ONBOARDED"):
        await tiers.packages.get_package_content(id_)
    with pytest.raises(Conflict, match="needs it ONBOARDED"):
        await tiers.packages.modify_app_package(id_, ENABLED)


async def test_an_on_boarded_package_says_what_it_holds_in_both_trees(tiers: Tiers) -> None:
    info = await tiers.onboard()
    assert info.onboarding_state is OnboardingState.ONBOARDED
    assert info.operational_state is PackageOperationalState.ENABLED
    assert (info.app_d_id, info.app_name, info.mec_info) == ("app-1.0", "app", ("3.1.1",))
    assert [image.id for image in info.software_images] == ["app"]
    by_app_d = await tiers.packages.get_onboarded_app_package(AppDId("app-1.0"))
    assert by_app_d.value.id == info.id
    for page in (
        await tiers.packages.list_app_packages(ListQuery()),
        await tiers.packages.list_onboarded_app_packages(ListQuery()),
    ):
        assert [entry.id for entry in page.entries] == [info.id]


async def test_the_content_comes_back_as_it_was_whole_and_in_part(tiers: Tiers) -> None:
    info = await tiers.onboard()
    content = encode(an_appd())
    whole = await tiers.packages.get_package_content(AppPkgId(info.id))
    assert whole.path.read_bytes() == content
    assert whole.media_type == "application/zip"
    part = await ask(tiers, "GET", f"{PACKAGES}/{info.id}/package_content", range="bytes=2-5")
    assert (part.status, part.content) == (206, content[2:6])
    beyond = await ask(tiers, "GET", f"{PACKAGES}/{info.id}/package_content", range="bytes=9999-")
    assert beyond.status == 416


async def test_the_descriptor_is_text(tiers: Tiers) -> None:
    info = await tiers.onboard()
    for path in (f"{PACKAGES}/{info.id}/appd", "/app_pkgm/v1/onboarded_app_packages/app-1.0/appd"):
        answer = await ask(tiers, "GET", path, accept="text/plain")
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/plain")
        assert answer.content.startswith(b"tosca_definitions_version")
    assert (await ask(tiers, "GET", f"{PACKAGES}/{info.id}/appd", accept="image/png")).status == 406


async def test_content_with_another_digest_than_promised_is_refused(tiers: Tiers) -> None:
    id_ = await tiers.create_package(b"promised")
    info = await tiers.upload(id_, encode(an_appd()))
    assert info.onboarding_state is OnboardingState.CREATED
    assert info.onboarding_failure_details is not None
    assert info.onboarding_failure_details.status == 422
    assert "promised" in info.onboarding_failure_details.detail
    assert files_of(tiers) == []


async def test_a_refused_package_takes_the_right_content_afterwards(tiers: Tiers) -> None:
    content = encode(an_appd())
    id_ = await tiers.create_package(content)
    assert (await tiers.upload(id_, b"wrong")).onboarding_failure_details is not None
    info = await tiers.upload(id_, content)
    assert info.onboarding_state is OnboardingState.ONBOARDED
    assert info.onboarding_failure_details is None


async def test_content_is_not_taken_twice(tiers: Tiers) -> None:
    info = await tiers.onboard()
    with pytest.raises(Conflict, match="ONBOARDED does not allow the upload"):
        await tiers.upload(AppPkgId(info.id), b"more")


async def test_a_descriptor_belongs_to_one_package(tiers: Tiers) -> None:
    first = await tiers.onboard()
    second = await uploaded(tiers, encode(an_appd(app_name="other")))
    assert second.onboarding_state is OnboardingState.CREATED
    assert second.onboarding_failure_details is not None
    assert first.id in second.onboarding_failure_details.detail


async def test_enabling_what_is_enabled_and_disabling_what_is_disabled_conflict(
    tiers: Tiers,
) -> None:
    id_ = AppPkgId((await tiers.onboard()).id)
    with pytest.raises(Conflict, match="ENABLED already"):
        await tiers.packages.modify_app_package(id_, ENABLED)
    assert await tiers.packages.modify_app_package(id_, DISABLED) == DISABLED
    with pytest.raises(Conflict, match="DISABLED already"):
        await tiers.packages.modify_app_package(id_, DISABLED)
    await tiers.packages.modify_onboarded_app_package(AppDId("app-1.0"), ENABLED)
    with pytest.raises(Conflict, match="ENABLED already"):
        await tiers.packages.modify_app_package(id_, ENABLED)


async def test_a_disabled_package_makes_no_instances(tiers: Tiers) -> None:
    id_ = AppPkgId((await tiers.onboard()).id)
    instance = await tiers.create()
    await tiers.packages.modify_app_package(id_, DISABLED)
    with pytest.raises(Conflict, match="DISABLED; enable it"):
        await tiers.create()
    with pytest.raises(Conflict, match="DISABLED; enable it"):
        await tiers.instantiate(instance)


async def test_a_package_is_in_use_as_long_as_an_instance_of_it_exists(tiers: Tiers) -> None:
    id_ = AppPkgId((await tiers.onboard()).id)

    async def usage() -> UsageState:
        return (await tiers.packages.get_app_package(id_)).value.usage_state

    instances = [await tiers.create(), await tiers.create()]
    assert await usage() is UsageState.IN_USE
    await tiers.lcm.delete_app_instance(instances[0])
    assert await usage() is UsageState.IN_USE
    await tiers.lcm.delete_app_instance(instances[1])
    assert await usage() is UsageState.NOT_IN_USE


async def test_two_last_instances_deleted_at_once_leave_the_package_unused(tiers: Tiers) -> None:
    id_ = AppPkgId((await tiers.onboard()).id)
    instances = [await tiers.create(), await tiers.create()]
    await asyncio.gather(*(tiers.lcm.delete_app_instance(each) for each in instances))
    info = (await tiers.packages.get_app_package(id_)).value
    assert info.usage_state is UsageState.NOT_IN_USE


async def test_only_a_disabled_and_unused_package_is_deleted_with_its_files(tiers: Tiers) -> None:
    id_ = AppPkgId((await tiers.onboard()).id)
    with pytest.raises(Forbidden, match="ENABLED; disable it"):
        await tiers.packages.delete_app_package(id_)
    instance = await tiers.create()
    await tiers.packages.modify_app_package(id_, DISABLED)
    with pytest.raises(Forbidden, match="IN_USE; delete its instances"):
        await tiers.packages.delete_app_package(id_)
    await tiers.lcm.delete_app_instance(instance)
    await tiers.packages.delete_onboarded_app_package(AppDId("app-1.0"))
    with pytest.raises(NotFound):
        await tiers.packages.get_app_package(id_)
    assert files_of(tiers) == []
    assert (await tiers.onboard()).onboarding_state is OnboardingState.ONBOARDED


async def test_a_package_without_content_can_be_deleted(tiers: Tiers) -> None:
    id_ = await tiers.create_package(b"never sent")
    await tiers.packages.delete_app_package(id_)
    assert (await tiers.packages.list_app_packages(ListQuery())).entries == []


async def test_the_second_tree_takes_a_package_from_its_beginning(tiers: Tiers) -> None:
    made = await ask(
        tiers,
        "POST",
        "/app_pkgm/v1/onboarded_app_packages",
        {"appPkgName": "a", "appPkgVersion": "1", "checksum": CHECKSUM},
    )
    assert made.status == 201
    path = "/app_pkgm/v1" + made.headers["location"].partition("/app_pkgm/v1")[2]
    sent = await ask(
        tiers, "PUT", f"{path}/package_content", b"zip", content_type="application/zip"
    )
    assert sent.status == 202


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b"{", 400, ""),
        ({}, 422, "appPkgName"),
        ({"appPkgName": "", "appPkgVersion": "1", "checksum": CHECKSUM}, 422, "appPkgName"),
        ({"appPkgName": "a", "appPkgVersion": 1, "checksum": CHECKSUM}, 422, "appPkgVersion"),
        ({"appPkgName": "a", "appPkgVersion": "1", "checksum": "x"}, 422, "checksum"),
        ({"appPkgName": "a", "appPkgVersion": "1", "checksum": MD5}, 422, "SHA-256"),
    ],
)
async def test_a_malformed_body_is_told_by_its_field(
    tiers: Tiers, body: object, status: int, field: str
) -> None:
    answer = await ask(tiers, "POST", PACKAGES, body)
    assert answer.status == status
    assert field in answer.detail


async def test_what_is_not_there_and_not_a_zip_is_told_so(tiers: Tiers) -> None:
    async def status(method: str, path: str, body: object = None, **headers: str) -> int:
        answer: Reply = await ask(tiers, method, path, body, **headers)
        assert answer.detail
        return answer.status

    assert await status("GET", f"{PACKAGES}/none") == 404
    assert await status("DELETE", f"{PACKAGES}/none") == 404
    assert await status("GET", "/app_pkgm/v1/onboarded_app_packages/none/appd") == 404
    zipped = {"content_type": "application/zip"}
    assert await status("PUT", f"{PACKAGES}/none/package_content", b"x", **zipped) == 404
    id_ = await tiers.create_package(b"x")
    assert await status("PUT", f"{PACKAGES}/{id_}/package_content", {}) == 415
    part = zipped | {"content_range": "bytes 0-1"}
    assert await status("PUT", f"{PACKAGES}/{id_}/package_content", b"x", **part) == 400
    assert await status("PATCH", f"{PACKAGES}/{id_}", {"operationalState": "ON"}) == 422
    assert await status("PUT", f"{PACKAGES}/{id_}", {}) == 405


async def test_a_package_larger_than_may_be_is_refused_before_and_while_it_comes(
    tiers: Tiers,
) -> None:
    id_ = await tiers.create_package(b"x")
    path = f"{PACKAGES}/{id_}/package_content"
    head = f"PUT {path} HTTP/1.1\r\nHost: meo\r\nContent-Type: application/zip\r\n".encode()
    chunk = b"%x\r\n%s\r\n" % (PACKAGE_BYTES_MAX, bytes(PACKAGE_BYTES_MAX))
    for rest in (
        b"Content-Length: %d\r\n\r\n" % (PACKAGE_BYTES_MAX + 1),
        b"Transfer-Encoding: chunked\r\n\r\n" + chunk + b"1\r\nx\r\n",
    ):
        reader, writer = await asyncio.open_unix_connection(str(tiers.folder / "meo.sock"))
        writer.write(head + rest)
        assert b" 413 " in await reader.readline()
        writer.close()
        info = await until(tiers, id_, OnboardingState.CREATED)
        assert info.onboarding_failure_details is not None
        assert str(PACKAGE_BYTES_MAX) in info.onboarding_failure_details.detail
        assert files_of(tiers) == []


async def test_an_upload_that_breaks_off_leaves_nothing_half_done(tiers: Tiers) -> None:
    id_ = await tiers.create_package(b"whole content")
    _, writer = await asyncio.open_unix_connection(str(tiers.folder / "meo.sock"))
    writer.write(
        f"PUT {PACKAGES}/{id_}/package_content HTTP/1.1\r\nHost: meo\r\n".encode()
        + b"Content-Type: application/zip\r\nContent-Length: 13\r\n\r\nwhole"
    )
    await writer.drain()
    await until(tiers, id_, OnboardingState.UPLOADING)
    writer.close()
    info = await until(tiers, id_, OnboardingState.CREATED)
    assert info.onboarding_failure_details is not None
    assert files_of(tiers) == []


async def state_of(tiers: Tiers, id: AppPkgId) -> AppPkgInfo:
    return (await tiers.packages.get_app_package(id)).value


async def until(tiers: Tiers, id: AppPkgId, state: OnboardingState) -> AppPkgInfo:
    async with asyncio.timeout(10):
        while True:
            info = await state_of(tiers, id)
            if info.onboarding_state is state:
                return info
            await asyncio.sleep(0.002)


class FullOnce(MemoryJournal):
    """A journal that cannot take the first saga that is to begin."""

    full = True

    async def commit(self, changes: Sequence[Change]) -> None:
        if self.full and any(each.kind == "sagas" for each in changes):
            self.full = False
            raise Unavailable("The disk is full.")
        await super().commit(changes)


async def test_content_that_cannot_be_checked_now_may_be_sent_again(tmp_path: Path) -> None:
    tiers = Tiers(tmp_path)
    tiers.journals["meo"] = FullOnce()
    async with tiers:
        content = encode(an_appd())
        id_ = await tiers.create_package(content)
        with pytest.raises(Unavailable, match="disk is full"):
            await tiers.upload(id_, content)
        info = (await tiers.packages.get_app_package(id_)).value
        assert info.onboarding_state is OnboardingState.CREATED
        assert (await tiers.upload(id_, content)).onboarding_state is OnboardingState.ONBOARDED


class FullForAWhile(MemoryJournal):
    """A journal that is full from the first saga that is to begin until room is made."""

    full = False
    emptied = False

    async def commit(self, changes: Sequence[Change]) -> None:
        self.full = self.full or any(each.kind == "sagas" for each in changes)
        if self.full and not self.emptied:
            raise Unavailable("The disk is full.")
        await super().commit(changes)


async def test_an_upload_that_cannot_even_be_undone_now_is_undone_once_there_is_room(
    tmp_path: Path,
) -> None:
    tiers = Tiers(tmp_path)
    tiers.journals["meo"] = journal = FullForAWhile()
    async with tiers:
        content = encode(an_appd())
        id_ = await tiers.create_package(content)
        with pytest.raises(Unavailable, match="disk is full"):
            await tiers.upload(id_, content)
        assert (await state_of(tiers, id_)).onboarding_state is OnboardingState.UPLOADING
        journal.emptied = True
        info = await until(tiers, id_, OnboardingState.CREATED)
        assert info.onboarding_failure_details is not None
        assert (await tiers.upload(id_, content)).onboarding_state is OnboardingState.ONBOARDED


async def test_a_package_is_not_deleted_while_its_content_comes_in(tiers: Tiers) -> None:
    id_ = await tiers.create_package(b"whole content")
    reader, writer = await asyncio.open_unix_connection(str(tiers.folder / "meo.sock"))
    writer.write(
        f"PUT {PACKAGES}/{id_}/package_content HTTP/1.1\r\nHost: meo\r\n".encode()
        + b"Content-Type: application/zip\r\nContent-Length: 13\r\n\r\nwhole"
    )
    await until(tiers, id_, OnboardingState.UPLOADING)
    with pytest.raises(Forbidden, match="is UPLOADING; wait for the end"):
        await tiers.packages.delete_app_package(id_)
    writer.write(b" content")
    assert b" 202 " in await reader.readline()
    writer.close()


async def test_a_kill_during_the_upload_leaves_the_package_created_and_clean(tiers: Tiers) -> None:
    id_ = await tiers.create_package(b"whole content")
    _, writer = await asyncio.open_unix_connection(str(tiers.folder / "meo.sock"))
    writer.write(
        f"PUT {PACKAGES}/{id_}/package_content HTTP/1.1\r\nHost: meo\r\n".encode()
        + b"Content-Type: application/zip\r\nContent-Length: 13\r\n\r\nwhole"
    )
    await writer.drain()
    await until(tiers, id_, OnboardingState.UPLOADING)
    documents = dict(tiers.journals["meo"]._documents)
    writer.close()
    await tiers.kill("meo")
    # What the dying process still wrote never was: the kill came before it.
    tiers.journals["meo"]._documents.clear()
    tiers.journals["meo"]._documents.update(documents)
    (tiers.folder / "packages" / id_).mkdir(parents=True, exist_ok=True)
    (tiers.folder / "packages" / id_ / "upload.part").write_bytes(b"whole")
    (tiers.folder / "packages" / "stranger").mkdir()
    await tiers.boot("meo")
    info = await state_of(tiers, id_)
    assert info.onboarding_state is OnboardingState.CREATED
    assert info.onboarding_failure_details is not None
    assert list((tiers.folder / "packages").iterdir()) == []


@pytest.mark.parametrize("step", ["check", "finished"])
async def test_a_kill_during_the_check_makes_it_anew(tiers: Tiers, step: str) -> None:
    struck = asyncio.Event()

    def look(saga: str, id: str, now: str) -> None:
        if (saga, now) == ("onboard", step) and not struck.is_set():
            struck.set()
            raise Killed

    tiers.looks["meo"] = look
    await tiers.kill("meo")
    await tiers.boot("meo")
    content = encode(an_appd())
    id_ = await tiers.create_package(content)
    task = asyncio.ensure_future(tiers.upload(id_, content))
    await struck.wait()
    await tiers.restart("meo")
    assert (await task).onboarding_state is OnboardingState.ONBOARDED


async def test_a_real_package_that_is_signed_comes_in_and_one_that_is_not_stays_out(
    tmp_path: Path,
) -> None:
    plain = unsigned(tmp_path / "build")
    sign_package(plain, tmp_path / "signed.csar", PROVIDER)
    async with Tiers(tmp_path, policy=STRICT) as tiers:
        refused = await uploaded(tiers, plain.read_bytes())
        assert refused.onboarding_state is OnboardingState.CREATED
        assert refused.onboarding_failure_details is not None
        assert refused.onboarding_failure_details.status == 403
        assert files_of(tiers) == [], "nothing half done"
        info = await uploaded(tiers, (tmp_path / "signed.csar").read_bytes())
        assert info.onboarding_failure_details is None
        assert info.onboarding_state is OnboardingState.ONBOARDED
        assert info.signing_certificate is not None
        assert info.signing_certificate.startswith("-----BEGIN CERTIFICATE-----")
        assert "TOSCA-Metadata/TOSCA.meta" in {a.artifact_path for a in info.additional_artifacts}
        occ = await tiers.instantiate(await tiers.create(info.app_d_id))
        assert occ.error is None
        (image,) = tiers.hosts["mec1"].vim.images.values()
        assert image == contents(plain)["Artifacts/Images/app.tar"]


async def test_a_developers_system_takes_unsigned_packages(tmp_path: Path) -> None:
    plain = unsigned(tmp_path / "build")
    async with Tiers(tmp_path, policy=Policy.dev()) as tiers:
        info = await uploaded(tiers, plain.read_bytes())
        assert info.onboarding_state is OnboardingState.ONBOARDED
        assert info.signing_certificate is None


async def test_what_was_left_out_of_edgegallerys_package_stays_on_it(tmp_path: Path) -> None:
    package = edgegallery(tmp_path / "shop.csar", files_of_edgegallery(tmp_path, entry_zip=True))
    async with Tiers(tmp_path, policy=Policy.dev()) as tiers:
        info = await uploaded(tiers, package.read_bytes())
        assert info.onboarding_state is OnboardingState.ONBOARDED
        assert "certification_info" in " ".join(info.wayside_notes)


async def test_what_is_no_package_or_was_tampered_with_is_refused_with_the_reason(
    tmp_path: Path,
) -> None:
    plain = unsigned(tmp_path / "build")
    raw = contents(plain)["Artifacts/Images/app.tar"]
    changed = rewritten(plain, {"Artifacts/Images/app.tar": one_byte_off(raw, 700)})
    async with Tiers(tmp_path, policy=Policy.dev()) as tiers:
        for content, status in ((b"no zip at all", 400), (changed.read_bytes(), 422)):
            info = await uploaded(tiers, content)
            assert info.onboarding_state is OnboardingState.CREATED
            details = info.onboarding_failure_details
            assert details is not None
            assert (details.status, bool(details.detail)) == (status, True)
        assert files_of(tiers) == []


async def test_the_descriptor_comes_as_text_or_zipped_as_it_is_accepted(tiers: Tiers) -> None:
    package = await tiers.onboard()
    for path in (f"{PACKAGES}/{package.id}", "/app_pkgm/v1/onboarded_app_packages/app-1.0"):
        text = await ask(tiers, "GET", f"{path}/appd")
        assert text.headers["content-type"].startswith("text/plain")
        both = await ask(tiers, "GET", f"{path}/appd", accept="application/zip, text/plain;q=0.5")
        assert both.content == text.content
        zipped = await ask(tiers, "GET", f"{path}/appd", accept="application/zip")
        assert zipped.headers["content-type"] == "application/zip"
        with zipfile.ZipFile(io.BytesIO(zipped.content)) as archive:
            assert archive.read("appd.yaml") == text.content
        other = await ask(tiers, "GET", f"{path}/appd", accept="image/png")
        assert other.status == 406
