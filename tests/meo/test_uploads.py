"""A package comes in pieces: in order, kept whatever breaks, told how far it is, then checked."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.meo.tiers import PACKAGE_BYTES_MAX, Reply, Tiers, ask
from tests.model.descriptors import an_appd

from wayside.core.ids import AppPkgId
from wayside.core.wire import encode
from wayside.model.app_pkgm import AppPkgInfo, OnboardingState

PACKAGES = "/app_pkgm/v1/app_packages"
CONTENT = encode(an_appd())
TOTAL = len(CONTENT)


@pytest.fixture
async def tiers(tmp_path: Path) -> AsyncIterator[Tiers]:
    async with Tiers(tmp_path) as running:
        yield running


async def send(tiers: Tiers, id: str, first: int, last: int, content: bytes = CONTENT) -> Reply:
    """Send bytes ``first`` to ``last``."""
    return await send_as(tiers, id, f"bytes {first}-{last}/{TOTAL}", content[first : last + 1])


async def send_as(tiers: Tiers, id: str, content_range: str, body: bytes) -> Reply:
    path = f"{PACKAGES}/{id}/package_content"
    zipped = "application/zip"
    return await ask(tiers, "PUT", path, body, content_type=zipped, content_range=content_range)


async def package(tiers: Tiers, id: str) -> AppPkgInfo:
    return (await tiers.packages.get_app_package(AppPkgId(id))).value


async def settled(tiers: Tiers, id: str) -> AppPkgInfo:
    """The package, once it is no more PROCESSING."""
    async with asyncio.timeout(10):
        while True:
            info = await package(tiers, id)
            if info.onboarding_state is not OnboardingState.PROCESSING:
                return info
            await asyncio.sleep(0.002)


def came(info: AppPkgInfo) -> tuple[int, int | None]:
    """How much of the package is there, and of how much."""
    assert info.wayside_upload is not None
    return info.wayside_upload.received_bytes, info.wayside_upload.total_bytes


async def test_pieces_in_order_make_a_package_and_each_tells_how_far_it_is(tiers: Tiers) -> None:
    id_ = await tiers.create_package(CONTENT)
    assert (await send(tiers, id_, 0, 9)).status == 202
    info = await package(tiers, id_)
    assert info.onboarding_state is OnboardingState.UPLOADING
    assert came(info) == (10, TOTAL)
    assert (await send(tiers, id_, 10, 99)).status == 202
    assert came(await package(tiers, id_)) == (100, TOTAL)
    assert (await send(tiers, id_, 100, TOTAL - 1)).status == 202
    info = await settled(tiers, id_)
    assert info.onboarding_state is OnboardingState.ONBOARDED
    assert info.wayside_upload is None
    content = await ask(tiers, "GET", f"{PACKAGES}/{id_}/package_content")
    assert content.content == CONTENT


async def test_a_piece_that_is_not_next_is_refused_with_where_to_go_on(tiers: Tiers) -> None:
    id_ = await tiers.create_package(CONTENT)
    early = await send(tiers, id_, 5, 9)
    assert (early.status, early.json["field"]) == (409, "Content-Range")
    assert f"bytes 0-.../{TOTAL}" in early.detail
    assert (await package(tiers, id_)).onboarding_state is OnboardingState.CREATED
    await send(tiers, id_, 0, 9)
    for first in (0, 5, 11):
        wrong = await send(tiers, id_, first, first + 9)
        assert wrong.status == 409
        assert f"has 10 of its {TOTAL} bytes; go on with bytes 10-" in wrong.detail
    other = await send_as(tiers, id_, f"bytes 10-19/{TOTAL + 1}", CONTENT[10:20])
    assert other.status == 409
    assert came(await package(tiers, id_)) == (10, TOTAL)


@pytest.mark.parametrize(
    ("content_range", "status"),
    [
        ("bytes 0-1", 400),
        ("bytes 0-1/*", 400),
        ("octets 0-1/2", 400),
        ("bytes 5-4/10", 416),
        ("bytes 0-10/10", 416),
        (f"bytes 0-1/{PACKAGE_BYTES_MAX + 1}", 413),
    ],
)
async def test_a_range_that_cannot_be_is_refused_and_nothing_begins(
    tiers: Tiers, content_range: str, status: int
) -> None:
    id_ = await tiers.create_package(CONTENT)
    answer = await send_as(tiers, id_, content_range, b"xx")
    assert answer.status == status
    assert answer.detail
    assert (await package(tiers, id_)).onboarding_state is OnboardingState.CREATED


@pytest.mark.parametrize("body", [CONTENT[:5], CONTENT[:15]])
async def test_a_piece_of_another_length_is_refused_and_what_fits_stays(
    tiers: Tiers, body: bytes
) -> None:
    id_ = await tiers.create_package(CONTENT)
    answer = await send_as(tiers, id_, f"bytes 0-9/{TOTAL}", body)
    assert answer.status == 400
    received, _ = came(await package(tiers, id_))
    assert received <= 10
    assert (await send(tiers, id_, received, TOTAL - 1)).status == 202
    assert (await settled(tiers, id_)).onboarding_state is OnboardingState.ONBOARDED


async def test_pieces_outlive_the_orchestrator(tiers: Tiers) -> None:
    id_ = await tiers.create_package(CONTENT)
    await send(tiers, id_, 0, 49)
    await tiers.restart("meo")
    assert came(await package(tiers, id_)) == (50, TOTAL)
    await send(tiers, id_, 50, TOTAL - 1)
    assert (await settled(tiers, id_)).onboarding_state is OnboardingState.ONBOARDED


async def test_a_package_that_was_whole_when_the_orchestrator_died_is_checked_at_its_return(
    tiers: Tiers,
) -> None:
    id_ = await tiers.create_package(CONTENT)
    await send(tiers, id_, 0, TOTAL - 2)
    await tiers.kill("meo")
    with (tiers.folder / "packages" / id_ / "pieces.part").open("ab") as pieces:
        pieces.write(CONTENT[-1:])  # received, but the answer never went out
    await tiers.boot("meo")
    assert (await settled(tiers, id_)).onboarding_state is OnboardingState.ONBOARDED


async def test_a_piece_that_breaks_off_keeps_what_came(tiers: Tiers) -> None:
    id_ = await tiers.create_package(CONTENT)
    _, writer = await asyncio.open_unix_connection(str(tiers.folder / "meo.sock"))
    head = (
        f"PUT {PACKAGES}/{id_}/package_content HTTP/1.1\r\nHost: meo\r\n"
        f"Content-Type: application/zip\r\nContent-Length: {TOTAL}\r\n"
        f"Content-Range: bytes 0-{TOTAL - 1}/{TOTAL}\r\n\r\n"
    )
    writer.write(head.encode() + CONTENT[:70])
    await writer.drain()
    async with asyncio.timeout(10):
        while True:
            busy = await send(tiers, id_, 0, 9)
            if "being received" in busy.detail:
                break
    assert (await ask(tiers, "DELETE", f"{PACKAGES}/{id_}")).status == 403
    writer.close()
    async with asyncio.timeout(10):
        while True:
            if came(await package(tiers, id_))[0] == 70:
                break
            await asyncio.sleep(0.002)
    await send(tiers, id_, 70, TOTAL - 1)
    assert (await settled(tiers, id_)).onboarding_state is OnboardingState.ONBOARDED


async def test_an_upload_in_pieces_can_be_given_up_by_deleting_the_package(tiers: Tiers) -> None:
    id_ = await tiers.create_package(CONTENT)
    await send(tiers, id_, 0, 9)
    whole = f"{PACKAGES}/{id_}/package_content"
    refused = await ask(tiers, "PUT", whole, CONTENT, content_type="application/zip")
    assert refused.status == 409
    assert (await ask(tiers, "DELETE", f"{PACKAGES}/{id_}")).status == 204
    assert list((tiers.folder / "packages").iterdir()) == []


async def test_pieces_with_another_digest_are_refused_as_a_whole_file_is(tiers: Tiers) -> None:
    id_ = await tiers.create_package(CONTENT)
    spoilt = CONTENT[:-1] + b"?"
    await send(tiers, id_, 0, 9, spoilt)
    await send(tiers, id_, 10, TOTAL - 1, spoilt)
    info = await settled(tiers, id_)
    assert info.onboarding_state is OnboardingState.CREATED
    assert info.onboarding_failure_details is not None
    assert (await send(tiers, id_, 0, TOTAL - 1)).status == 202
    assert (await settled(tiers, id_)).onboarding_state is OnboardingState.ONBOARDED
