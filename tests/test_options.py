from __future__ import annotations

import pytest

from magickpen.core.errors import ConfigurationError
from magickpen.core.settings import Settings
from magickpen.options import CallOptions, changed, check_options


def test_a_call_changes_what_it_names_alone() -> None:
    settings = Settings(timeout=5)
    assert changed(settings, {}) is settings
    assert changed(settings, {"timeout": None}) is settings
    other = changed(settings, {"endpoint": "chat", "deadline": 9})
    assert (other.endpoint, other.deadline, other.timeout) == ("chat", 9, 5)


def test_a_change_is_checked() -> None:
    with pytest.raises(ConfigurationError, match="timeout"):
        changed(Settings(), {"timeout": -1})


def test_an_unknown_option_is_a_type_error() -> None:
    check_options({"timeout": 1}, CallOptions.__annotations__)
    for name, advice in [
        ("oops", "the options are model, endpoint"),
        ("endpiont", r"did you mean endpoint\?"),
        ("temperature", "the service has no such setting"),
        ("verify", "pass ssl_context="),
    ]:
        with pytest.raises(TypeError, match=f"unknown option '{name}'; {advice}"):
            check_options({name: 1}, CallOptions.__annotations__)
