from __future__ import annotations

import pytest

from magickpen.core.addresses import MAX_URL_LENGTH
from magickpen.discovery.urls import joined

BASE = "https://site.test/app/page?q=1#f"


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("", "https://site.test/app/page?q=1"),
        ("#a", "https://site.test/app/page?q=1"),
        ("?a#b", "https://site.test/app/page?a"),
        ("?", "https://site.test/app/page?"),
        ("a.js?b=/../c#d", "https://site.test/app/a.js?b=/../c"),
        ("./b/.././a//c.js", "https://site.test/app/a//c.js"),
        ("../../../a/..", "https://site.test/"),
        ("%2E%2e/a/%2E", "https://site.test/a/"),
        ("/a.js", "https://site.test/a.js"),
        ("\\b\\a.js?\\", "https://site.test/b/a.js?\\"),
        ("//cdn.test", "https://cdn.test/"),
        ("///cdn.test/a.js", "https://cdn.test/a.js"),
        ("\\\\/cdn.test?a", "https://cdn.test/?a"),
        ("https:a.js", "https://site.test/app/a.js"),
        ("http:cdn.test/a.js", "http://cdn.test/a.js"),
        ("HTTPS:\\\\CDN.test\\a.js", "https://cdn.test/a.js"),
        (" \x00/a\t.j\r\ns ", "https://site.test/a.js"),
        ('/ü b"`<>.js', "https://site.test/%C3%BC%20b%22%60%3C%3E.js"),
        ("/\ud83d\ude00\ud83d.js", "https://site.test/%F0%9F%98%80%EF%BF%BD.js"),
        ("//bücher.example/", "https://xn--bcher-kva.example/"),
        ("//%6C%6fcalhost/", "https://localhost/"),
        ("//[0:0::1]:8000/", "https://[::1]:8000/"),
        ("//cdn.test:443/", "https://cdn.test/"),
        ("//cdn.test:0080/", "https://cdn.test:80/"),
        ("http://cdn.test:80/", "http://cdn.test/"),
        ("//a:b@c@cdn.test/", "https://a:b@c@cdn.test/"),
        ("//@cdn.test/", "https://@cdn.test/"),
        ("//cdn.test:a/", ""),
        ("//cdn.test:123456/", ""),
        ("//[::1/", ""),
        ("//:80/", ""),
        ("//", ""),
        ("data:text/javascript,a", "data:text/javascript,a"),
        ("FILE:///etc/passwd", "file:///etc/passwd"),
    ],
)
def test_a_link_is_joined_as_a_browser_joins_it(link: str, url: str) -> None:
    assert joined(BASE, link) == url


def test_a_url_has_so_many_characters_at_most() -> None:
    longest = "/" + "a" * (MAX_URL_LENGTH - len("https://site.test/"))
    assert joined(BASE, longest) == f"https://site.test{longest}"
    assert joined(BASE, f"{longest}a") == ""
    assert joined(BASE, "?" + "#" * MAX_URL_LENGTH) == ""


def test_a_host_without_a_path_is_a_base() -> None:
    assert joined("https://site.test", "a.js") == "https://site.test/a.js"
