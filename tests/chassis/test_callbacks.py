"""Callback URIs: what the standard allows, kept as written."""

import pytest

from wayside.chassis.callbacks import require_callback
from wayside.core.errors import Unprocessable


@pytest.mark.parametrize(
    "url",
    [
        "http://10.60.1.2:9000/notifications",
        "https://app.example/a%20b/c",
        "http://[fd00::1]:8080/x",
        "http://localhost",
        "HTTP://host/path;v=1,2",
    ],
)
def test_an_absolute_http_uri_is_taken(url: str) -> None:
    require_callback(url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "percent-encode"),
        ("/relative", "no absolute http"),
        ("ftp://host/x", "no absolute http"),
        ("http:///x", "no absolute http"),
        ("http://user:secret@host/x", "user part"),
        ("http://host/x?y=1", "query"),
        ("http://host/x#y", "fragment"),
        ("http://host/x?", "query"),
        ("http://host/a b", "percent-encode"),
        ("http://host/a\r\nX-Header: y", "percent-encode"),
        ("http://host/%2", "percent-encode"),
        ("http://host/é", "percent-encode"),
        ("http://host:99999/x", "no URI"),
        ("http://host:0/x", "no absolute"),
        ("http://[fd00::1/x", "no URI"),
        ("http://host/" + "x" * 3000, "longer than"),
    ],
)
def test_anything_else_is_refused_with_what_is_wrong(url: str, why: str) -> None:
    with pytest.raises(Unprocessable, match=f"(?s){why}.*Give an absolute"):
        require_callback(url)
