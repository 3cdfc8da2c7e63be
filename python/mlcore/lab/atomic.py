"""Write a file whole or not at all.

The text goes to a temporary file in the same directory (so that both names lie on one file system), is
flushed to the disk, and takes the final name in one step, `os.replace`. Whatever interrupts the writing
(Ctrl-C, a full disk) leaves the old file, or none, and never half of one.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

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
    temporary: str | None = None
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes the file readable by its owner alone; give it the rights a plain open() would.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, path)
        temporary = None
    except OSError as error:
        raise LabError(f"cannot write '{path}': {error.strerror or error}; choose another file or free some space") from error
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


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
