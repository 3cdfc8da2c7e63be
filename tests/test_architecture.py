"""The shape of the house: which way includes and imports point, what an import loads, and that stubs tell the truth."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import mlcore
import mlcore._core

ROOT = Path(__file__).parents[1]

CPP_ROOMS = {  # what the files of a room may include
    "simd": {"core/types.hpp"},
    "core": {"core", "simd"},
    "blas": {"simd", "core"},
    "stats": {"simd", "core", "blas"},
    "calculus": {"simd", "core", "blas"},
    "linalg": {"simd", "core", "blas"},
    "ladder": {"simd", "core"},
    "cpu": set(),
    "bindings": {"simd", "core", "blas", "stats", "calculus", "linalg", "ladder"},
}

PYTHON_LAYERS = [  # each layer imports only from those before it
    {"_core", "_typing", "_files", "exceptions"},
    {"_runtime", "_interop"},
    {"_validation", "_parameters", "_routing"},
    {"linalg"},
    {"calculus", "stats"},
    {"base"},
    {"decomposition"},
    {"lab"},
]


def cpp_files() -> list[Path]:
    return sorted((ROOT / "cpp").rglob("*.[ch]pp"))


def python_files() -> list[Path]:
    return sorted((ROOT / "python" / "mlcore").rglob("*.py"))


def bad_includes(room: str, text: str) -> list[str]:
    """The includes of a file of `room` that point the wrong way."""
    allowed = CPP_ROOMS[room] | {room}
    includes = re.findall(r'^#include "([^"]+)"', text, flags=re.MULTILINE)
    return [name for name in includes if name not in allowed and name.split("/")[0] not in allowed]


def bad_imports(module: str, text: str) -> list[str]:
    """The imports of top-level `module` of mlcore that point to a later layer, or are relative."""
    layer_of = {name: depth for depth, layer in enumerate(PYTHON_LAYERS) for name in layer}
    found = []
    for node in ast.walk(ast.parse(text)):
        names = []
        if isinstance(node, ast.ImportFrom) and node.level:
            found.append("." * node.level + (node.module or ""))  # absolute imports say from which layer
        elif isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "mlcore":
            tail = node.module.split(".")[1:]
            names = [tail[0]] if tail else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            parts = [alias.name.split(".") for alias in node.names]
            names = [part[1] for part in parts if part[0] == "mlcore" and len(part) > 1]
        found += [name for name in names if name in layer_of and layer_of[name] > layer_of[module]]
    return found


def borrowed_secrets(text: str) -> list[str]:
    """The names with an underscore that are imported from a module: what is a module's own stays in it."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module:
            place = ROOT.joinpath("python", *node.module.split("."))
            names = [alias.name for alias in node.names if re.match("_[^_]", alias.name)]
            found += [name for name in names if not any(place.glob(f"{name}.py*"))]  # a module may be imported
    return found


@pytest.mark.parametrize("path", cpp_files(), ids=lambda path: str(path.relative_to(ROOT / "cpp")))
def test_cpp_includes_point_one_way(path: Path) -> None:
    room = path.relative_to(ROOT / "cpp").parts[0]
    assert bad_includes(room, path.read_text()) == []


@pytest.mark.parametrize("path", python_files(), ids=lambda path: str(path.relative_to(ROOT / "python")))
def test_python_imports_point_one_way(path: Path) -> None:
    module = path.relative_to(ROOT / "python" / "mlcore").parts[0].removesuffix(".py")
    if module not in ("__init__", "__main__"):
        assert bad_imports(module, path.read_text()) == []


@pytest.mark.parametrize("path", python_files(), ids=lambda path: str(path.relative_to(ROOT / "python")))
def test_what_is_a_modules_own_stays_in_it(path: Path) -> None:
    assert borrowed_secrets(path.read_text()) == []


def test_an_arrow_the_other_way_is_seen() -> None:
    assert bad_includes("blas", '#include "linalg/linalg.hpp"\n') == ["linalg/linalg.hpp"]
    assert bad_includes("simd", '#include "core/thread_pool.hpp"\n') == ["core/thread_pool.hpp"]
    assert bad_imports("linalg", "from mlcore.decomposition import PCA\n") == ["decomposition"]
    assert borrowed_secrets("from mlcore import _files\nfrom mlcore._files import _write\n") == ["_write"]
    assert bad_imports("base", "def f():\n    import mlcore.lab.cli\n") == ["lab"]


def test_files_are_short() -> None:
    files = [*cpp_files(), *python_files(), *Path(__file__).parent.rglob("*.py")]
    lengths = {path: len(path.read_text().splitlines()) for path in files}
    assert {str(path): n for path, n in lengths.items() if n > 500} == {}


def test_files_that_texts_name_exist() -> None:
    exist = {path.name for path in python_files()}
    texts = [*cpp_files(), *python_files(), *(ROOT / "docs").rglob("*.md"), ROOT / "cpp" / "README.md"]
    named = {(str(path), name) for path in texts for name in re.findall(r"(?<![\w*])(_\w+\.py)\b", path.read_text())}
    assert {(path, name) for path, name in named if name not in exist} == set()


def test_only_interop_names_other_libraries() -> None:
    pattern = re.compile(r"^\s*(?:import|from)\s+(sklearn|pandas|polars|threadpoolctl)\b", re.MULTILINE)
    allowed = {"_interop.py", "lab"}
    offenders = [
        str(path)
        for path in python_files()
        if path.relative_to(ROOT / "python" / "mlcore").parts[0] not in allowed and pattern.search(path.read_text())
    ]
    assert offenders == []


def test_import_loads_nothing_heavy() -> None:
    code = "import sys, mlcore; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(result.stdout.split())
    assert loaded.isdisjoint({"sklearn", "scipy", "pandas", "polars", "matplotlib", "rich", "jinja2", "threadpoolctl"})


@pytest.mark.parametrize("room", ["runtime", "blas", "calculus", "linalg", "ladder"])
def test_stubs_name_what_the_core_has(room: str) -> None:
    stub = ast.parse((ROOT / "python" / "mlcore" / "_core" / f"{room}.pyi").read_text())
    declared = {node.name for node in stub.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    variables = [node.target for node in stub.body if isinstance(node, ast.AnnAssign)]
    declared |= {target.id for target in variables if isinstance(target, ast.Name)}
    compiled = {name for name in dir(getattr(mlcore._core, room)) if not name.startswith("__")}
    assert declared == compiled
