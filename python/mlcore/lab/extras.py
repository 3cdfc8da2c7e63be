"""The packages the lab needs beyond NumPy, and one clear message when one of them is missing.

`import mlcore` needs NumPy only; the lab draws, tabulates and compares with other people's libraries, which
come with the `lab` extra. They are looked for here, before any of them is imported, so that a missing one
ends in a sentence and not in an ImportError from the middle of a run.
"""

from __future__ import annotations

from importlib.util import find_spec

from mlcore.lab.errors import LabError

__all__ = ["PACKAGES", "require"]

# Name to import -> name to install.
PACKAGES = {
    "jinja2": "jinja2",
    "matplotlib": "matplotlib",
    "rich": "rich",
    "scipy": "scipy",
    "sklearn": "scikit-learn",
    "threadpoolctl": "threadpoolctl",
}


def require() -> None:
    """Check that every package of the `lab` extra can be imported.

    Raises
    ------
    LabError
        Naming what is missing and the one command that installs it.
    """
    missing = [name for module, name in PACKAGES.items() if find_spec(module) is None]
    if missing:
        raise LabError(
            f"the lab needs {', '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed: "
            'run  pip install "mlcore-math[lab]"'
        )
