"""Chooses the build of the core: the one that ``MLCORE_ISA`` names, or the best one that this CPU runs."""

import importlib
import importlib.util
import os
from typing import Any

from mlcore._core import _cpu


def module_name(build: str) -> str:
    """Name of the extension module of a build: ``x86-64-v3`` is ``mlcore._core._mlcore_x86_64_v3``."""
    return f"{__package__}._mlcore_{build.replace('-', '_')}"


def installed_builds() -> list[str]:
    """Builds this installation holds, best first."""
    known = ("native", "x86-64-v4", "x86-64-v3", "x86-64-v2", "baseline")
    return [build for build in known if importlib.util.find_spec(module_name(build)) is not None]


def load() -> Any:
    """Import the build to use.

    Raises
    ------
    ImportError
        If ``MLCORE_ISA`` names a build that is not installed or that this CPU cannot run, or if there is none at all.
    """
    wanted = os.environ.get("MLCORE_ISA", "")
    runnable = ["native", *_cpu.supported_builds()]
    if not wanted:
        for build in runnable:
            try:
                return importlib.import_module(module_name(build))
            except ModuleNotFoundError:
                continue
        raise ImportError(
            f"mlcore is installed with the builds {', '.join(installed_builds()) or '(none)'}, and this CPU runs "
            f"{', '.join(runnable[1:]) or 'none of them'}. Build it from source on this machine."
        )
    if wanted not in (installed := installed_builds()):
        raise ImportError(
            f"MLCORE_ISA is {wanted!r}, which this installation does not hold; expected one of "
            f"{', '.join(installed)}. Unset MLCORE_ISA to have the best one chosen."
        )
    if wanted not in runnable:
        raise ImportError(
            f"MLCORE_ISA is {wanted!r}, which this CPU cannot run; it runs {', '.join(runnable[1:])}. "
            "Unset MLCORE_ISA to have the best one chosen."
        )
    return importlib.import_module(module_name(wanted))
