"""Files of the lab: written whole or not at all, with the lab's own errors."""

from __future__ import annotations

import os
from pathlib import Path

from mlcore import _files
from mlcore.lab.errors import LabError

__all__ = ["check_writable", "write_text"]


def write_text(path: Path, text: str) -> None:
    """Write `text` as UTF-8 to `path`, replacing it in one step.

    Parameters
    ----------
    path : Path
        The file to write. Its directory must exist.
    text : str
        The whole content.

    Raises
    ------
    LabError
        When the system refuses (full disk, no permission); nothing is left behind.
    """
    try:
        _files.write_text(path, text)
    except OSError as error:
        raise LabError(f"cannot write '{path}': {error.strerror or error}; choose another file or free some space") from error


def check_writable(path: Path, option: str) -> None:
    """Refuse an output path early, before minutes of measuring, if it cannot be written.

    Parameters
    ----------
    path : Path
        Where a result is to go.
    option : str
        The command-line option that named it, for the message (`"--out"`).

    Raises
    ------
    LabError
        If `path` is a directory, or its directory is missing or not writable.
    """
    if path.is_dir():
        raise LabError(f"{option} '{path}' is a directory: name a file in it, such as '{path / 'report.html'}'")
    parent = path.parent
    if not parent.is_dir():
        what = "is not a directory" if parent.exists() else "does not exist"
        raise LabError(f"{option} '{path}': the directory '{parent}' {what}: create it first or choose another place")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise LabError(f"{option} '{path}': no permission to write in '{parent}': choose another place")
