from __future__ import annotations

import pytest

from codegen.format import formatted


def test_unused_imports_go_and_the_rest_is_sorted_and_formatted() -> None:
    text = "from typing import Any, Final\nimport json, ast\nfrom reknit.runtime import B, A\nx: Final = [A,B, ast]\n"
    assert formatted({"a/b.py": text, "py.typed": "", "c.txt": "x  =1"}) == {
        "a/b.py": (
            "import ast\nfrom typing import Final\n\nfrom reknit.runtime import A, B\n\nx: Final = [A, B, ast]\n"
        ),
        "py.typed": "",
        "c.txt": "x  =1",
    }


def test_annotations_keep_their_imports_at_run_time() -> None:
    text = "from __future__ import annotations\n\nfrom datetime import date\n\nx: date\n"
    assert formatted({"a.py": text}) == {"a.py": text}


def test_what_is_no_python_is_an_error_of_the_generator() -> None:
    with pytest.raises(RuntimeError, match="ruff cannot format what was generated"):
        formatted({"a.py": "class:"})
