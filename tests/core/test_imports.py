from __future__ import annotations

import pkgutil
import subprocess
import sys

import pytest

import magickpen.core
import magickpen.discovery

ROOMS = [
    f"{room.__name__}.{module.name}"
    for room in (magickpen.core, magickpen.discovery)
    for module in pkgutil.iter_modules(room.__path__)
]


@pytest.mark.parametrize("module", ROOMS)
def test_core_and_discovery_import_the_standard_library_alone(module: str) -> None:
    script = (
        f"import sys; old = set(sys.modules); import {module}; print(*(set(sys.modules) - old))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    roots = {name.partition(".")[0] for name in result.stdout.split()}
    assert roots <= {"magickpen"} | sys.stdlib_module_names
