"""The command line: exit codes, messages, and that a refused or interrupted run leaves nothing behind."""

import json
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import mlcore
from mlcore.lab import cli, extras
from mlcore.lab.threads import available
from mlcore.lab.topics import TOPICS

Refused = Callable[..., str]


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Runs `mlcore lab` with arguments that must be refused before anything is measured; returns the message."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> str:
        before = sorted(tmp_path.rglob("*"))
        assert cli.main(["lab", *arguments]) == 2
        printed = capsys.readouterr()
        assert printed.out == ""
        assert printed.err.startswith("mlcore lab: ")
        assert printed.err.count("\n") == 1, "one paragraph"
        assert sorted(tmp_path.rglob("*")) == before, "no file is written or left"
        return printed.err

    return run


def table(text: str = "a,b\n1,2\n3,5\n4,4\n", name: str = "table.csv") -> str:
    Path(name).write_text(text, encoding="utf-8")
    return name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("a,b\n1,2\n3,red\n4,5\n", "'b', line 3: 'red' is text", id="text"),
        pytest.param("", "is empty", id="empty"),
        pytest.param("a,b\n1,2\n3,nan\n4,5\n", "'b', line 3: the value is missing", id="nan"),
        pytest.param("a,b\n1,2\n3,2\n4,2\n", "'b' is constant", id="constant"),
        pytest.param("a,b\n1,2\n3,4\n", "only two rows", id="two-rows"),
        pytest.param("a,b\n1,2\n3\n", "line 3 has 1 cell", id="ragged"),
    ],
)
def test_bad_tables(refused: Refused, text: str, said: str) -> None:
    message = refused("--data", table(text))
    assert "table.csv" in message
    assert said in message


def test_missing_file(refused: Refused) -> None:
    assert "'nowhere.csv': no such file" in refused("--data", "nowhere.csv")


def test_unknown_label(refused: Refused) -> None:
    assert "no column named 'kind'" in refused("--data", table(), "--label", "kind")


@pytest.mark.parametrize("option", [["--label", "digit"], ["--drop-constant"]])
def test_column_options_need_a_table(refused: Refused, option: list[str]) -> None:
    assert f"{option[0]} speaks of a column of your own table" in refused(*option)


def test_unknown_topic(refused: Refused) -> None:
    message = refused("matmull")
    assert "did you mean 'matmul'?" in message
    assert all(topic.name in message for topic in TOPICS)
    assert "unknown topic 'cooking': the topics are" in refused("pca", "cooking")


@pytest.mark.parametrize("threads", ["0", "-1", str(available() + 1)])
def test_impossible_threads(refused: Refused, threads: str) -> None:
    assert f"--threads {threads}" in refused("--threads", threads)


@pytest.mark.parametrize("option", ["--out", "--json"])
def test_impossible_outputs(refused: Refused, option: str) -> None:
    Path("folder").mkdir()
    table()
    assert "'none' does not exist" in refused(option, "none/report.html")
    assert "is a directory" in refused(option, "folder")
    assert "is not a directory" in refused(option, "table.csv/report.html")


def test_files_must_differ(refused: Refused) -> None:
    assert "--out and --data name the same file" in refused("--data", table(), "--out", "./table.csv")
    assert "--out and --json name the same file" in refused("--out", "x", "--json", "x")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere")
def test_output_without_permission(refused: Refused) -> None:
    Path("locked").mkdir(mode=0o500)
    assert "no permission" in refused("--out", "locked/report.html")


def test_missing_package(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name in ("rich", "sklearn") else object())
    message = refused("--quick")
    assert "rich, scikit-learn, which are not installed" in message
    assert 'pip install "mlcore-math[lab]"' in message


def test_packages_are_those_of_the_extra() -> None:
    """The list in `extras` and the one in pyproject.toml say the same."""
    project = Path(__file__).parents[2] / "pyproject.toml"
    declared = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["optional-dependencies"]["lab"]
    assert sorted(extras.PACKAGES.values()) == sorted(name.split(">")[0] for name in declared)


@pytest.mark.parametrize(
    "arguments",
    [[], ["lap"], ["lab", "--threads", "two"], ["lab", "--data"], ["lab", "--colour"], ["lab", "--quick", "--large"]],
    ids=" ".join,
)
def test_usage_errors_end_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert "usage: mlcore" in capsys.readouterr().err


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, said in ((["--help"], "info"), (["lab", "--help"], "--drop-constant"), (["--version"], "0")):
        with pytest.raises(SystemExit) as ended:
            cli.main(arguments)
        assert ended.value.code == 0
        assert said in capsys.readouterr().out


def test_help_names_every_topic(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["lab", "--help"])
    text = capsys.readouterr().out
    assert all(topic.name in text for topic in TOPICS)


def test_info(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["info", "--threads", "1"]) == 0
    lines = dict(line.split("  ", 1) for line in capsys.readouterr().out.splitlines())
    build = mlcore.build_info()
    assert build.isa in lines["mlcore"]
    assert build.version in lines["mlcore"]
    assert np.__version__ in lines["NumPy"]
    assert "Gflop/s" in lines["FMA peak, 1 thread"]
    assert "GB/s" in lines["Memory, 1 thread"]


def test_module_and_closed_pipe() -> None:
    """`python -m mlcore info | true` ends without a traceback."""
    command = [sys.executable, "-m", "mlcore", "info", "--threads", "1"]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False, timeout=300)
    os.close(writer)
    assert done.stderr == ""


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
def test_interrupt(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mlcore", "lab", "--out", "report.html", "--json", "report.json"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert "measuring" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=300)
    assert process.returncode == 130
    assert err == "mlcore lab: interrupted; nothing was written\n"
    assert out == ""
    assert list(tmp_path.iterdir()) == []


def test_quick_run_from_end_to_end(tmp_path: Path) -> None:
    """The whole quick lab on a table of one's own, as a person would run it."""
    rng = np.random.default_rng(7)
    X = rng.standard_normal((60, 4)) * [4, 2, 1, 0.5]
    rows = ["w,x,y,z,kind<b>", *(",".join(map(str, row)) + f",$k_{i % 3}" for i, row in enumerate(X.tolist()))]
    (tmp_path / "mine.csv").write_text("\n".join(rows), encoding="utf-8")
    command = [sys.executable, "-m", "mlcore", "lab", "--quick", "--data", "mine.csv", "--label", "kind<b>"]
    done = subprocess.run(
        [*command, "--out", "r.html", "--json", "r.json"], cwd=tmp_path, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "comparisons with equal threads and equal results" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.csv", "r.html", "r.json"]
    page = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert page.rstrip().endswith("</html>")
    assert "kind<b>" not in page, "names from the file are escaped"
    assert "$k_1" in page
    found = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert found["agrees"] is True
    assert found["data"] == {"name": "mine.csv", "rows": 60, "columns": 4, "labels": "kind<b>"}
    assert [topic["name"] for topic in found["topics"]] == [topic.name for topic in TOPICS]
