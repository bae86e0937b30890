"""YAML means what JSON means, and what cannot be read says so in one line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from codegen import load as module
from codegen.load import line_of, load
from codegen.report import Refusal


def read(tmp_path: Path, text: str | bytes, name: str = "spec.yaml") -> Any:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(path).value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("on", "on"), ("yes", "yes"), ("y", "y"),
        ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ("2024-01-31", "2024-01-31"), ("2024-01-31T10:00:00Z", "2024-01-31T10:00:00Z"),
        ("017", 17), ("0o17", 15), ("0x1F", 31), ("-3", -3), ("1_000", "1_000"), ("1:30", "1:30"),
        ("1.5", 1.5), ("1e3", 1000.0), (".5", 0.5), ("-.inf", float("-inf")), ("=", "="), ("<<", "<<"),
    ],
)  # fmt: skip
def test_scalars_are_those_of_the_core_schema(tmp_path: Path, text: str, value: object) -> None:
    read_value = read(tmp_path, f"key: {text}\n")["key"]
    assert read_value == value
    assert type(read_value) is type(value)


def test_keys_are_taken_as_they_are_written(tmp_path: Path) -> None:
    assert list(read(tmp_path, "200: a\nno: b\n1.10: c\nnull: d\n2024-01-31: e\n")) == [
        "200", "no", "1.10", "null", "2024-01-31",
    ]  # fmt: skip


def test_merge_keys_are_followed(tmp_path: Path) -> None:
    assert read(tmp_path, "a: &a {x: 1}\nb: {<<: *a, y: 2}\n")["b"] == {"x": 1, "y": 2}


def test_json_is_read_as_json(tmp_path: Path) -> None:
    assert read(tmp_path, '{"a": [1, "\\u00e9"]}', "spec.json") == {"a": [1, "é"]}
    assert read(tmp_path, "a: 1", "spec.json") == {"a": 1}
    assert read(tmp_path, b"\xef\xbb\xbf{}", "spec.json") == {}


def test_the_name_of_a_source_is_its_file_name_alone(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("{}")
    assert load(tmp_path / "a.yaml").name == "a.yaml"
    assert load(tmp_path / "a.yaml", "openapi/a.yaml").name == "openapi/a.yaml"
    assert "tmp" not in repr(load(tmp_path / "a.yaml"))


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ("a: [1\nb: 2", "spec.yaml", "spec.yaml:2: is not YAML"),
        ("a: 'x", "spec.yaml", "is not YAML"),
        ("a: !!python/object:os.system x", "spec.yaml", "is not YAML"),
        ("a: \x00", "spec.yaml", "is not YAML"),
        ("? [a, b]\n: 1", "spec.yaml", "spec.yaml:1: is not YAML: a key that is no scalar"),
        ('{"a": \n nope}', "spec.json", "spec.json:2: is not JSON"),
        ("{" + '"a":[' * 100_000, "spec.json", "is not JSON"),
        ('{"a":' + "[" * 500 + "]" * 500 + "}", "spec.json", "is nested more than 300 levels deep"),
        ("[" * 100_000, "spec.yaml", "spec.yaml:1: is nested more than 300 levels deep"),
        ("- " * 100_000 + "x", "spec.yaml", "is nested more than 300 levels deep"),
        (b"a: \xff", "spec.yaml", "spec.yaml: is not UTF-8 at byte 3"),
        ("a: &a [*a]", "spec.yaml", "spec.yaml: has an alias that contains itself"),
        ("a: 1\nb: !!int x", "spec.yaml", "spec.yaml:2: is not YAML: invalid literal"),
        ("a: !!float x", "spec.yaml", "spec.yaml:1: is not YAML: could not convert"),
        ("a: " + "9" * 5000, "spec.yaml", "spec.yaml:1: is not YAML: Exceeds the limit"),
        ("a: !!map [1]", "spec.yaml", "spec.yaml:1: is not YAML: a tag of mappings on what is none"),
        ("a: !!set {b, c}", "spec.yaml", "spec.yaml:1: is not YAML: JSON has nothing like"),
        ("a: {<<: 1}", "spec.yaml", "spec.yaml:1: is not YAML: `<<` can merge nothing but mappings"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(tmp_path: Path, text: str, name: str, message: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(tmp_path, text, name)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"none\.yaml: No such file"):
        load(tmp_path / "none.yaml")


def test_a_large_file_is_refused_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 10)
    with pytest.raises(Refusal, match="larger than 0 MiB"):
        read(tmp_path, "a: 1234567890")


def test_aliases_that_expand_without_end_are_refused_quickly(tmp_path: Path) -> None:
    layers = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    layers += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(Refusal, match="expands to more than"):
        read(tmp_path, "\n".join(layers))


@pytest.mark.parametrize(
    "text",
    [
        "a0: &a0 {k: 1}\n"
        + "\n".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}], k{n}: 1}}" for n in range(1, 12)),
        f"a: &a {{{', '.join(f'k{n}: 1' for n in range(3000))}}}\nb:\n" + "- {<<: *a}\n" * 3000,
    ],
    ids=["in layers", "side by side"],
)
def test_merges_that_expand_without_end_are_refused_quickly(tmp_path: Path, text: str) -> None:
    with pytest.raises(Refusal, match=r"^spec.yaml:\d+: is not YAML: `<<` merges more than"):
        read(tmp_path, text)


def test_the_first_of_several_merged_mappings_wins(tmp_path: Path) -> None:
    text = "a: &a {x: 1, y: 1}\nb: &b {x: 2, z: 2}\nc: {<<: [*a, *b], y: 3}\nd: &d {<<: *d, e: 1}\n"
    assert read(tmp_path, text) == {
        "a": {"x": 1, "y": 1}, "b": {"x": 2, "z": 2}, "c": {"x": 1, "y": 3, "z": 2}, "d": {"e": 1},
    }  # fmt: skip


def test_dates_with_a_tag_stay_text(tmp_path: Path) -> None:
    assert read(tmp_path, "a: !!timestamp 2024-01-31\nb: !!binary aGk=")["a"] == "2024-01-31"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("spec.yaml", "a: {b: 1, c: 2, b: 3}\nd: [{e: 1, e: 2}]\nf: &f {g: 1}\nh: {<<: *f, g: 2}\n"),
        ("spec.json", '{"a": {"b": 1, "c": 2, "b": 3}, "d": [{"e": 1, "e": 2}], "i": {"j": 1, "j": 1}}'),
    ],
)
def test_keys_that_are_written_twice_are_told(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    source = load(tmp_path / name)
    assert source.value["a"] == {"b": 3, "c": 2}
    assert source.repeated == (("a", "b"), ("d", "0", "e"))


def test_the_line_of_a_pointer_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text("paths:\n  /a:\n    get:\n      tags:\n        - x\n        - y\n")
    assert line_of(path, ("paths", "/a", "get", "tags", "1")) == 6
    assert line_of(path, ("paths", "/a", "nowhere")) == 3
    assert line_of(path, ("paths", "/a", "get", "tags", "1", "deeper")) == 6
    assert line_of(tmp_path / "none.yaml", ()) is None
    monkeypatch.setattr(module, "_TOO_LONG_TO_COUNT", 1)
    assert line_of(path, ()) is None
