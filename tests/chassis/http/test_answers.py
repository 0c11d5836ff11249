"""What MEC 009 asks of every API, seen from the outside."""

import logging
from http import HTTPStatus

import pytest
from tests.chassis.http.orchard import ROOT, Fruit, Stand, Tree

JSON = {"content-type": "application/json"}


def problem(answer, status: int, *words: str, field: str | None = None) -> dict[str, object]:
    """Check that an answer is a whole problem, and return it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    details = answer.json()
    assert details["status"] == status
    assert details["detail"].endswith(".")
    assert details["title"]
    assert details.get("field") == field
    for word in words:
        assert word in details["detail"]
    return details


async def test_a_created_resource_is_found_at_its_location(stand: Stand) -> None:
    made = await stand.client.post(f"{ROOT}/trees", json={"name": "oak", "ageYears": 9})
    assert made.status_code == HTTPStatus.CREATED
    assert made.headers["location"] == f"{stand.url}{ROOT}/trees/oak"
    found = await stand.client.get(made.headers["location"])
    assert found.json() == made.json()
    assert found.json()["_links"]["self"]["href"] == made.headers["location"]
    assert found.headers["etag"] == made.headers["etag"]


async def test_a_known_version_is_not_sent_again(stand: Stand) -> None:
    etag = stand.orchard.plant("oak", Tree(name="oak")).etag
    answer = await stand.client.get(f"{ROOT}/trees/oak", headers={"if-none-match": f"W/{etag}"})
    assert (answer.status_code, answer.content) == (304, b"")
    assert answer.headers["etag"] == etag


async def test_a_change_of_another_version_is_refused(stand: Stand) -> None:
    etag = stand.orchard.plant("oak", Tree(name="oak")).etag
    target, body = f"{ROOT}/trees/oak", {"name": "elder oak"}
    changed = await stand.client.put(target, json=body, headers={"if-match": etag})
    assert changed.status_code == HTTPStatus.OK
    again = await stand.client.put(target, json=body, headers={"if-match": etag})
    problem(again, 412, "If-Match", field="If-Match")


async def test_deleting_leaves_nothing_to_answer(stand: Stand) -> None:
    stand.orchard.plant("oak", Tree(name="oak"))
    gone = await stand.client.delete(f"{ROOT}/trees/oak")
    assert (gone.status_code, gone.content) == (204, b"")
    problem(await stand.client.delete(f"{ROOT}/trees/oak"), 404, "no tree oak")


async def test_accepted_work_says_where_to_look(stand: Stand) -> None:
    answer = await stand.client.post(f"{ROOT}/trees/oak/prune")
    assert (answer.status_code, answer.content) == (202, b"")
    assert answer.headers["location"] == f"{stand.url}{ROOT}/trees/oak"


async def test_a_handler_may_say_its_answer_whole(stand: Stand) -> None:
    answer = await stand.client.get(f"{ROOT}/teapot")
    assert (answer.status_code, answer.text) == (418, "short and stout")
    assert answer.headers["x-spout"] == "left"
    assert answer.headers["content-type"] == "text/plain"


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        (b'{"name": ', 400, None),
        (b"\xff", 400, None),
        (b"", 400, "body"),
        (b'{"name": 7}', 422, "$.name"),
        (b'{"name": "oak", "fruit": "PLUM"}', 422, "$.fruit"),
        (b'{"name": "oak", "_links": {"self": {}}}', 422, "$._links.self"),
        (b"[]", 422, None),
        (b'{"unknown": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", 400, None),
    ],
)
async def test_a_bad_body_names_its_field(
    stand: Stand, body: bytes, status: int, field: str | None
) -> None:
    answer = await stand.client.post(f"{ROOT}/trees", content=body, headers=JSON)
    problem(answer, status, field=field)
    assert not stand.orchard.trees


@pytest.mark.parametrize(
    ("query", "field", "word"),
    [
        ("", "count", "required"),
        ("count=x", "count", "int"),
        ("count=1&count=2", "count", "once"),
        ("count=1&colour=red", "colour", "fruit"),
        ("count=1&fruit=APPLE,PLUM", "fruit", "PLUM"),
        ("count=1&ripe=perhaps", "ripe", "bool"),
        ("count=1&note=%FF", "note", "UTF-8"),
        ("count=%31&%FF=1", "query", "UTF-8"),
    ],
)
async def test_a_bad_query_names_its_parameter(
    stand: Stand, query: str, field: str, word: str
) -> None:
    problem(await stand.client.get(f"{ROOT}/basket?{query}"), 400, word, field=field)


async def test_query_parameters_arrive_as_declared(stand: Stand) -> None:
    query = "count=3&fruit=APPLE,PEAR&fruit=APPLE&ripe=true&note=sweet+%26%20red%2C%C3%A4"
    answer = await stand.client.get(f"{ROOT}/basket?{query}")
    assert answer.json() == {
        "count": 3,
        "fruit": [Fruit.APPLE, Fruit.PEAR, Fruit.APPLE],
        "ripe": True,
        "note": "sweet & red,ä",
    }


async def test_a_list_takes_only_the_list_parameters(stand: Stand) -> None:
    target = f"{ROOT}/trees"
    problem(await stand.client.get(f"{target}?name=oak"), 400, "filter", field="name")
    problem(await stand.client.get(f"{target}?filter=(eq,nothing,1)"), 400, field="filter")


async def test_a_list_is_filtered_and_trimmed(stand: Stand) -> None:
    stand.orchard.plant("oak", Tree(name="oak", age_years=90))
    stand.orchard.plant("elm", Tree(name="elm", age_years=9))
    whole = await stand.client.get(f"{ROOT}/trees")
    assert [tree["name"] for tree in whole.json()] == ["oak", "elm"]
    some = await stand.client.get(f"{ROOT}/trees?filter=(gt,ageYears,10)")
    assert [tree["name"] for tree in some.json()] == ["oak"]
    assert some.json()[0]["_links"]["self"]["href"] == f"{stand.url}{ROOT}/trees/oak"


async def test_a_long_list_is_read_page_after_page(stand: Stand) -> None:
    for number in range(250):
        stand.orchard.plant(f"tree{number:03}", Tree(name="elm"))
    seen: list[str] = []
    target: str | None = f"{ROOT}/trees?filter=(eq,name,elm)"
    while target is not None:
        answer = await stand.client.get(target)
        seen += [tree["_links"]["self"]["href"].rpartition("/")[2] for tree in answer.json()]
        target = answer.links["next"]["url"] if "next" in answer.links else None
        assert target is None or target.startswith(stand.url)
    assert sorted(seen) == sorted(stand.orchard.trees)


async def test_a_path_parameter_is_percent_decoded(stand: Stand) -> None:
    stand.orchard.plant("a/b ä", Tree(name="odd"))
    answer = await stand.client.get(f"{ROOT}/trees/a%2Fb%20%C3%A4")
    assert answer.json()["name"] == "odd"
    problem(await stand.client.get(f"{ROOT}/trees/%FF"), 400, field="path")


async def test_a_literal_segment_goes_before_a_parameter(stand: Stand) -> None:
    stand.orchard.plant("oak", Tree(name="oak"))
    stand.orchard.plant("newest", Tree(name="a tree called newest"))
    assert "etag" not in (await stand.client.get(f"{ROOT}/trees/newest")).headers
    gone = await stand.client.delete(f"{ROOT}/trees/oak")
    assert gone.status_code == HTTPStatus.NO_CONTENT
    # Below the literal nothing follows, so the way over the parameter is tried.
    assert (await stand.client.post(f"{ROOT}/trees/newest/prune")).status_code == 202


async def test_an_unknown_path_says_where_to_look(stand: Stand) -> None:
    problem(await stand.client.get("/nothing/here"), 404, "/nothing/here", "/apis")
    problem(await stand.client.get(f"{ROOT}/trees/"), 404)


async def test_a_wrong_method_says_which_are_right(stand: Stand) -> None:
    answer = await stand.client.put(f"{ROOT}/trees")
    problem(answer, 405, "GET")
    assert answer.headers["allow"] == "GET, POST, HEAD"


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("text/html, application/*;q=0.1", 200),
        ("*/*", 200),
        ("text/html", 406),
        ("application/json;q=0, */*", 406),
    ],
)
async def test_accept_is_honoured(stand: Stand, accept: str, status: int) -> None:
    answer = await stand.client.get(f"{ROOT}/trees", headers={"accept": accept})
    assert answer.status_code == status
    if status == HTTPStatus.NOT_ACCEPTABLE:
        problem(answer, 406, "application/json", field="Accept")


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 201),
        ("Application/JSON; charset=utf-8", 201),
        ("text/plain", 415),
        (None, 415),
    ],
)
async def test_content_type_is_checked(stand: Stand, content_type: str | None, status: int) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    answer = await stand.client.post(f"{ROOT}/trees", content=b'{"name":"a"}', headers=headers)
    assert answer.status_code == status
    if status == HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
        problem(answer, 415, "application/json", field="Content-Type")


async def test_head_is_get_without_its_body(stand: Stand) -> None:
    stand.orchard.plant("oak", Tree(name="oak"))
    got = await stand.client.get(f"{ROOT}/trees/oak")
    head = await stand.client.head(f"{ROOT}/trees/oak")
    assert head.content == b""
    assert head.headers == got.headers


async def test_a_crash_is_answered_without_its_reason(
    stand: Stand, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await stand.client.get(f"{ROOT}/crash")
    problem(answer, 500)
    assert "secret" not in answer.text
    assert "a secret of the implementation" in caplog.text


async def test_every_operation_passes_the_authoriser_with_its_path(stand: Stand) -> None:
    await stand.client.get(f"{ROOT}/trees/oak")
    assert stand.keeper.asked == [("get_tree", {"treeId": "oak"})]
    wolf = {"authorization": "Bearer wolf"}
    problem(await stand.client.get(f"{ROOT}/trees", headers=wolf), 403, "Wolves")


async def test_who_asks_reaches_the_handler(stand: Stand) -> None:
    refused = await stand.client.get(f"{ROOT}/who")
    problem(refused, 401)
    assert refused.headers["www-authenticate"] == "Bearer"
    known = await stand.client.get(f"{ROOT}/who", headers={"authorization": "Bearer eve"})
    assert known.json()["subject"] == "eve"
    assert known.json()["authorization"] == "Bearer eve"


async def test_a_handler_that_waits_has_a_task_from_its_first_step(stand: Stand) -> None:
    assert (await stand.client.get(f"{ROOT}/timeout")).json() == "in time"
