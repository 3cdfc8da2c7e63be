"""The chapters of the documentation: examples say what happens, and pictures can be drawn."""

import doctest
import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

DOCS = Path(__file__).parents[1] / "docs"
CHAPTERS = sorted(DOCS.rglob("*.md"))
FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>[^\n]+)\n(?P<code>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)


def only_examples(text: str) -> str:
    """The text with blank lines in place of all that is not inside a fence ``pycon``, so that line numbers stay."""
    kept, end = [], 0
    for fence in FENCE.finditer(text):
        if fence["kind"] == "pycon":
            kept += ["\n" * text.count("\n", end, fence.start("code")), fence["code"]]
            end = fence.end("code")
    return "".join(kept)


def pictures(text: str) -> list[str]:
    return [fence["code"] for fence in FENCE.finditer(text) if fence["kind"].startswith("{picture}")]


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.0.0", reason="the examples show numbers as NumPy 2 does")
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: str(path.relative_to(DOCS)))
def test_examples(path: Path) -> None:
    test = doctest.DocTestParser().get_doctest(only_examples(path.read_text()), {}, path.stem, str(path), 0)
    text: list[str] = []
    doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS).run(test, out=text.append)
    assert not text, "\n".join(text)


@pytest.mark.parametrize("path", [p for p in CHAPTERS if pictures(p.read_text())], ids=lambda path: str(path.relative_to(DOCS)))
def test_pictures(path: Path) -> None:
    plt.switch_backend("Agg")
    for code in pictures(path.read_text()):
        exec(compile(code, str(path), "exec"), {})
    plt.close("all")


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: str(path.relative_to(DOCS)))
def test_no_code_is_left_out(path: Path) -> None:
    text = path.read_text()
    kinds = {fence["kind"].split()[0] for fence in FENCE.finditer(text)}
    assert kinds <= {"pycon", "{picture}", "{rules}", "{toctree}", "{eval-rst}"}
    assert "```" not in FENCE.sub("", text)
    assert ">>>" not in FENCE.sub("", text)
