"""The one exception the lab shows to a person: a message, and nothing else.

Everything the person at the terminal can put right (a missing file, a text column, a wrong option) is
raised as a :class:`LabError`. The command line prints its text as one paragraph and ends with exit code 2;
a traceback is kept for what only a developer can put right.
"""

from __future__ import annotations

__all__ = ["LabError"]


class LabError(Exception):
    """A mistake the person running the lab can mend: the message names it, and the remedy.

    Examples
    --------
    >>> raise LabError("no file 'irs.csv': check the path")
    Traceback (most recent call last):
        ...
    mlcore.lab.errors.LabError: no file 'irs.csv': check the path
    """
