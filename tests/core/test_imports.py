from __future__ import annotations

import pkgutil
import subprocess
import sys

import pytest

import magickpen.core

ROOMS = [
    "magickpen.core",
    *(f"magickpen.core.{m.name}" for m in pkgutil.iter_modules(magickpen.core.__path__)),
]


@pytest.mark.parametrize("module", ROOMS)
def test_the_core_imports_the_standard_library_alone(module: str) -> None:
    script = (
        f"import sys; old = set(sys.modules); import {module}; print(*(set(sys.modules) - old))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    roots = {name.partition(".")[0] for name in result.stdout.split()}
    assert roots <= {"magickpen"} | sys.stdlib_module_names
