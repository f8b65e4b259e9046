from __future__ import annotations

import contextlib
import logging
import os
import sys
import urllib.request

import pytest
from hypothesis import given
from hypothesis import strategies as st

from magickpen.core.errors import ConfigurationError
from magickpen.network.environment import proxy_for

PROXY = "http://proxy.example:3128"
OTHER = "http://other.example:3128"


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.delenv("REQUEST_METHOD", raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("scheme", "variables", "expected"),
    [
        ("https", {}, None),
        ("https", {"https_proxy": PROXY}, ("https_proxy", PROXY)),
        ("http", {"https_proxy": PROXY}, None),
        ("http", {"http_proxy": PROXY, "ALL_PROXY": OTHER}, ("http_proxy", PROXY)),
        ("https", {"http_proxy": PROXY, "ALL_PROXY": OTHER}, ("ALL_PROXY", OTHER)),
        ("https", {"https_proxy": PROXY, "HTTPS_PROXY": OTHER}, ("https_proxy", PROXY)),
        ("https", {"https_proxy": "", "HTTPS_PROXY": OTHER}, None),
        ("https", {"https_proxy": "", "all_proxy": OTHER}, ("all_proxy", OTHER)),
        ("https", {"https_proxy": " \t"}, None),
        ("http", {"HTTP_PROXY": PROXY, "REQUEST_METHOD": "GET"}, None),
        ("http", {"http_proxy": PROXY, "REQUEST_METHOD": "GET"}, ("http_proxy", PROXY)),
        ("https", {"HTTPS_PROXY": PROXY, "REQUEST_METHOD": "GET"}, ("HTTPS_PROXY", PROXY)),
        ("https", {"https_proxy": " proxy.example:3128\r\n"}, ("https_proxy", PROXY)),
        ("https", {"https_proxy": "HTTP://h/"}, ("https_proxy", "HTTP://h")),
        ("http", {"all_proxy": "socks://h:7891/"}, ("all_proxy", "socks5://h:7891")),
        ("http", {"all_proxy": "SOCKS://h"}, ("all_proxy", "socks5://h")),
        ("http", {"all_proxy": "socks5h://h"}, ("all_proxy", "socks5h://h")),
        ("https", {"http_proxy": "nonsense://", "ALL_PROXY": PROXY}, ("ALL_PROXY", PROXY)),
        ("https", {"https_proxy": PROXY, "ALL_PROXY": "nonsense://"}, ("https_proxy", PROXY)),
    ],
)
def test_the_variable_for_the_scheme_counts(
    environ: pytest.MonkeyPatch,
    scheme: str,
    variables: dict[str, str],
    expected: tuple[str, str] | None,
) -> None:
    for name, value in variables.items():
        environ.setenv(name, value)
    assert proxy_for(scheme, "service.example", 443) == expected


@pytest.mark.parametrize(
    "value",
    ["gopher://me:hunter2@h", "me:hunter2@", "hunter2://x@h:1", "me:hunter2://x@h", "http://a b"],
)
def test_a_wrong_value_is_told_by_the_name_of_its_variable(
    environ: pytest.MonkeyPatch, value: str
) -> None:
    environ.setenv("ALL_PROXY", value)
    with pytest.raises(ConfigurationError, match=r"^ALL_PROXY must ") as caught:
        proxy_for("https", "service.example", 443)
    assert "hunter2" not in str(caught.value) or value.startswith("hunter2")
    assert proxy_for("https", "localhost", 443) is None
    environ.setenv("NO_PROXY", "service.example")
    assert proxy_for("https", "service.example", 443) is None


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LOCALHOST.",
        "app.localhost",
        "127.0.0.1",
        "127.9.8.7",
        "::1",
        "[::1]",
        "::ffff:127.0.0.1",
        "[::ffff:7f00:1]",
        "0:0:0:0:0:0:0:1",
        "127.1",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "::1%lo",
        "0.0.0.0",
    ],
)
def test_this_machine_needs_no_proxy(environ: pytest.MonkeyPatch, host: str) -> None:
    environ.setenv("ALL_PROXY", PROXY)
    assert proxy_for("http", host, 8000) is None


@pytest.mark.parametrize("host", ["localhost.example", "notlocalhost", "128.0.0.1", "::2"])
def test_another_machine_needs_one(environ: pytest.MonkeyPatch, host: str) -> None:
    environ.setenv("ALL_PROXY", PROXY)
    assert proxy_for("http", host, 8000) == ("ALL_PROXY", PROXY)


COVERED = """
    *                                  service.example 10.1.2.3 fd00::1
    x,*                                service.example
    *:443                              service.example
    service.example                    service.example api.service.example SERVICE.example.
    .service.example                   service.example api.service.example
    *.service.example                  service.example api.service.example
    Service.Example.                   service.example
    service.example:443                service.example api.service.example
    other.example,service.example      service.example
    bücher.example                     xn--bcher-kva.example api.xn--bcher-kva.example
    xn--bcher-kva.example              bücher.example
    BÜCHER.example:443                 xn--bcher-kva.example
    10.0.0.0/8                         10.1.2.3 ::ffff:10.1.2.3 0x0a010203
    10.9.9.9/8                         10.1.2.3
    10.0.0.0/8:443                     10.1.2.3
    fd00::/8                           fd00::1 [fd12::1]
    [fd00::]/8                         fd00::1
    ::1/128,fd00::/8                   fd00::1
    ::ffff:10.0.0.0/104                10.1.2.3 ::ffff:10.1.2.3
    10.1.2.3                           10.1.2.3 ::ffff:10.1.2.3
    10.1.2.3:443                       10.1.2.3
    ::ffff:10.1.2.3                    10.1.2.3
    fd00::1                            fd00::1 [fd00::1] fd00:0:0:0:0:0:0:1 FD00::1
    [FD00::1]                          fd00::1
    [fd00::1]:443                      fd00::1
    fe80::1                            fe80::1%eth0
"""

NOT_COVERED = """
    service.example                    notservice.example service.example.org example
    service.example:80                 service.example
    *:80                               service.example
    *service.example                   service.example api.service.example
    10.0.0.0/8                         11.1.2.3 fd00::1 10.example
    10.1.2.3:80                        10.1.2.3
    [fd00::1]:80                       fd00::1
    fd00::/8                           fe00::1 10.1.2.3
    ::/0                               10.1.2.3
    0.0.1                              10.0.0.1
"""


def pairs(table: str) -> list[tuple[str, str]]:
    rows = [line.split() for line in table.strip().splitlines()]
    return [(entry, host) for entry, *hosts in rows for host in hosts]


@pytest.mark.parametrize(("exceptions", "host"), pairs(COVERED))
def test_an_exception_covers_a_host(
    environ: pytest.MonkeyPatch, exceptions: str, host: str
) -> None:
    environ.setenv("HTTPS_PROXY", PROXY)
    environ.setenv("NO_PROXY", exceptions)
    assert proxy_for("https", host, 443) is None


@pytest.mark.parametrize(("exceptions", "host"), pairs(NOT_COVERED))
def test_an_exception_does_not_cover_a_host(
    environ: pytest.MonkeyPatch, exceptions: str, host: str
) -> None:
    environ.setenv("HTTPS_PROXY", PROXY)
    environ.setenv("NO_PROXY", exceptions)
    assert proxy_for("https", host, 443) == ("HTTPS_PROXY", PROXY)


def test_commas_and_whitespace_separate_exceptions(environ: pytest.MonkeyPatch) -> None:
    environ.setenv("HTTPS_PROXY", PROXY)
    environ.setenv("no_proxy", " a.example,,b.example\tc.example\n, d.example ")
    environ.setenv("NO_PROXY", "e.example")
    found = [proxy_for("https", f"{name}.example", 443) is None for name in "abcde"]
    assert found == [True, True, True, True, False]


def test_an_entry_that_cannot_be_read_is_told_once(
    environ: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    environ.setenv("HTTPS_PROXY", PROXY)
    unread = ["http://me:hunter2@x.example", "10/8", "a:b:c", "h:x", "h:99999", "a[b", "\x1b[2J"]
    environ.setenv("NO_PROXY", ",".join([*unread, "service.example", "9" * 5000 + "/8"]))
    with caplog.at_level(logging.WARNING, "magickpen"):
        for _ in range(3):
            assert proxy_for("https", "service.example", 443) is None
    assert len(caplog.messages) == len(unread) + 1
    assert all(message.startswith("NO_PROXY: the entry '") for message in caplog.messages)
    assert "hunter2" not in caplog.text
    assert "\x1b" not in caplog.text
    assert max(map(len, caplog.messages)) < 150


def test_the_settings_of_the_system_count_where_no_variable_is_set(
    environ: pytest.MonkeyPatch,
) -> None:
    environ.setattr(urllib.request, "getproxies", lambda: {"https": PROXY})
    assert proxy_for("https", "service.example", 443) is None
    environ.setattr(sys, "platform", "darwin")
    name = "the https proxy in the settings of the system"
    assert proxy_for("https", "service.example", 443) == (name, PROXY)
    assert proxy_for("http", "service.example", 80) is None
    environ.setenv("https_proxy", "")
    assert proxy_for("https", "service.example", 443) is None


@given(
    exceptions=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
    | st.text("[]*.:/,%@0123456789abcdefx-_ü "),
    value=st.just(PROXY) | st.text("[]*.:/,%@0123456789abcdefx-_ü "),
    host=st.text("[].:0123456789abcdefx%-_ü") | st.text(),
)
def test_nothing_but_a_configuration_error_is_raised(
    exceptions: str, value: str, host: str
) -> None:
    with pytest.MonkeyPatch.context() as environ:
        environ.setitem(os.environ, "https_proxy", value)
        environ.setitem(os.environ, "no_proxy", exceptions)
        with contextlib.suppress(ConfigurationError):
            proxy_for("https", host, 443)
