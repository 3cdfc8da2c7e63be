"""The examples in docstrings say what happens."""

import doctest
import importlib
import inspect
import pkgutil

import numpy as np
import pytest

import mlcore

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(mlcore.__path__, "mlcore.")
    if not module.name.startswith("mlcore._core._mlcore") and module.name != "mlcore.__main__"
)


class Finder(doctest.DocTestFinder):
    """Finds functions under their decorators too."""

    def _from_module(self, module: object, found: object) -> bool:
        return super()._from_module(module, inspect.unwrap(found) if callable(found) else found)  # type: ignore[misc, no-any-return]


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.0.0", reason="the examples show numbers as NumPy 2 does")
@pytest.mark.parametrize("name", ["mlcore", *MODULES])
def test_examples(name: str) -> None:
    module = importlib.import_module(name)
    failed = []
    finder = Finder(exclude_empty=True)
    runner = doctest.DocTestRunner(verbose=False)
    for example in finder.find(module, name):
        text: list[str] = []
        if runner.run(example, out=text.append).failed:
            failed.append("".join(text))
    assert not failed, "\n".join(failed)
