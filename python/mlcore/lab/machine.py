"""What ran where: the processor, its caches, the builds of mlcore and of the libraries it is compared with."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import mlcore
from mlcore.lab.threads import available

__all__ = ["caches", "cpu_name", "describe", "last_level_cache"]

CACHES = Path("/sys/devices/system/cpu/cpu0/cache")


def cpu_name() -> str:
    """The processor's name as the system gives it."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition(":")
            if key.strip() in ("model name", "Processor", "cpu model") and value.strip():
                return value.strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def caches() -> dict[str, int]:
    """Sizes in bytes by name ("L1d", "L2", "L3"), as far as the system tells; empty if it does not."""
    found: dict[str, int] = {}
    for folder in sorted(CACHES.glob("index*")):
        try:
            level = (folder / "level").read_text().strip()
            kind = (folder / "type").read_text().strip()
            size = (folder / "size").read_text().strip()
        except OSError:
            continue
        if kind == "Instruction" or not size[:-1].isdigit():
            continue
        unit = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}.get(size[-1], 1)
        found[f"L{level}{'d' if kind == 'Data' else ''}"] = int(size[:-1]) * unit
    return found


def last_level_cache() -> int:
    """Bytes of the largest cache; 32 MiB where the system does not tell."""
    return max(caches().values(), default=32 << 20)


def describe() -> dict[str, str]:
    """The machine and the software, as labelled lines in the order in which to show them.

    Returns
    -------
    dict of str to str
    """
    build = mlcore.build_info()
    sizes = ", ".join(f"{name} {size >> 10:,} KiB" for name, size in caches().items())
    return {
        "Processor": cpu_name(),
        "Processors available": str(available()),
        **({"Caches": sizes} if sizes else {}),
        "System": f"{platform.system()} {platform.machine()}",
        "mlcore": f"{build.version}, build {build.isa} ({8 * build.vector_bytes}-bit vectors)",
        "Compiler": build.compiler,
        "Python": sys.version.split()[0],
        "NumPy": f"{version('numpy')}{_numpy_blas()}",
        **{name: found for name in ("SciPy", "scikit-learn") if (found := _version(name))},
    }


def _version(name: str) -> str:
    try:
        return version(name.lower())
    except PackageNotFoundError:
        return ""


def _numpy_blas() -> str:
    import numpy as np

    config = np.show_config(mode="dicts")
    blas = config.get("Build Dependencies", {}).get("blas", {}) if isinstance(config, dict) else {}
    name, number = str(blas.get("name", "")), str(blas.get("version", ""))
    return f" with {name} {number}" if name else ""
