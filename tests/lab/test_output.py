"""What leaves the lab: the JSON file, the table in the terminal, and files written whole or not at all."""

import io
import json
import os
import types
from collections.abc import Callable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from rich.console import Console

from mlcore.lab import atomic
from mlcore.lab.errors import LabError
from mlcore.lab.results import Report
from mlcore.lab.summary import Summary
from mlcore.lab.terminal import progress, show
from mlcore.lab.to_json import SCHEMA, to_json

Sample = Callable[..., Report]


def conforms(value: Any, kind: Any) -> bool:
    """Whether a value read from JSON is what the annotation `kind` of a record says. null stands for NaN too."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return any(conforms(value, option) for option in inner)
    if origin is Literal:
        return value in inner
    if origin is tuple:
        return isinstance(value, list) and all(conforms(item, inner[0]) for item in value)
    if origin is dict:
        return isinstance(value, dict) and all(conforms(item, inner[1]) for item in value.values())
    if hasattr(kind, "__dataclass_fields__"):
        hints = get_type_hints(kind)
        return isinstance(value, dict) and all(conforms(value[field.name], hints[field.name]) for field in fields(kind))
    if kind is float:
        return value is None or (isinstance(value, float | int) and not isinstance(value, bool))
    return value is None if kind is type(None) else isinstance(value, kind)


@pytest.mark.parametrize("wrong", [False, True])
def test_json_has_the_schema_of_the_records(sample_report: Sample, wrong: bool) -> None:
    report = sample_report(wrong=wrong)
    found = json.loads(to_json(report), parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    assert found["schema"] == SCHEMA
    assert found["agrees"] is not wrong
    assert conforms(found, Report)
    assert conforms(found["summary"], Summary)
    rows = [row for topic in found["topics"] for row in topic["comparisons"]]
    assert [row["verdict"] for row in rows] == [row.verdict for row in report.comparisons]
    assert set(found) == {*asdict(report), "schema", "agrees", "summary"}


def test_conforms_can_say_no() -> None:
    assert not conforms("1", float)
    assert not conforms([1.0, "2"], tuple[float, ...])
    assert not conforms("cubic", Literal["linear"])
    assert not conforms(True, float)


def test_numbers_survive_the_json(sample_report: Sample) -> None:
    report = sample_report()
    found = json.loads(to_json(report))
    row, plain = report.comparisons[3], found["topics"][1]["comparisons"][3]
    assert plain == {**asdict(row), "verdict": row.verdict}


@pytest.mark.parametrize("width", [80, 132])
def test_terminal(sample_report: Sample, width: int) -> None:
    report = sample_report(wrong=True)
    console = Console(file=io.StringIO(), width=width)
    show(report, console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "Where" not in text
    assert text.count("disagrees") == 1
    assert "[red]" in text, "names are not taken for markup"
    for topic in report.topics[1:]:
        assert topic.title in text
    assert "Slower" in text
    assert "0.04 / 0.05" in text, "errors stand beside the ratio, however narrow the terminal"
    assert ("0.5 / 0.6" in text) is (width > 100)
    assert "14.2" in text
    assert "Less exact" in text


def test_progress_on_a_terminal_and_elsewhere() -> None:
    for terminal in (True, False):
        console = Console(file=io.StringIO(), force_terminal=terminal, width=100)
        with progress(console) as tell:
            tell(0, 3, "one [b]")
            tell(1, 3, "two")
            tell(3, 3, "done")
        text = console.file.getvalue()  # type: ignore[attr-defined]
        assert ("measuring: 3 steps" in text) is not terminal


def test_written_whole_with_the_usual_rights(tmp_path: Path) -> None:
    path = tmp_path / "r.html"
    atomic.write_text(path, "naïve\n")
    assert path.read_bytes() == "naïve\n".encode()
    plain = tmp_path / "plain"
    plain.write_text("")
    assert path.stat().st_mode == plain.stat().st_mode
    atomic.write_text(path, "second\n")
    assert path.read_text() == "second\n"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_interrupted_writing_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, step: str
) -> None:
    path = tmp_path / "r.html"
    path.write_text("old")

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(LabError if isinstance(error, OSError) else KeyboardInterrupt):
        atomic.write_text(path, "new")
    monkeypatch.undo()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
