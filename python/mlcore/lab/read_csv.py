"""Read a table from a text file with separators, and say exactly which cell is wrong when one is.

The parsing is Python's `csv` module; this file decides what the cells mean. Comma, semicolon and tab are
recognised as separators, a header as a first row of names.
"""

from __future__ import annotations

import csv
import io
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlcore.lab.dataset import Dataset
from mlcore.lab.errors import LabError

__all__ = ["read_csv"]

# What people write for "there is no value here"; all are refused with the same remedy.
MISSING = {"", "na", "n/a", "nan", "null", "none", "?", "-", "missing"}

Row = tuple[int, list[str]]  # line number in the file, cells


@dataclass(frozen=True, slots=True)
class _Layout:
    names: tuple[str, ...]
    has_header: bool
    label: int | None  # index of the label column

    @property
    def numeric(self) -> list[int]:
        return [j for j in range(len(self.names)) if j != self.label]


def read_csv(path: Path, *, label: str | None = None) -> Dataset:
    """Read numeric columns and, on request, one column of labels.

    Parameters
    ----------
    path : Path
        A UTF-8 text file, one observation per line.
    label : str, optional
        The label column: its name in the header, or its number counted from 1 if there is no header.

    Returns
    -------
    Dataset

    Raises
    ------
    LabError
        Naming the line and the column for ragged rows, text among numbers, missing values, an unknown
        label column, bytes that are not UTF-8, and an empty file.
    """
    text = _decode(path)
    rows = _rows(text, path)
    head = [row for _, row in zip(range(2), rows, strict=False)]
    if not head:
        raise LabError(f"'{path}' is empty: it needs at least 3 rows and 2 numeric columns")
    layout = _layout(head, path, label)
    if layout.has_header:
        head = head[1:]

    values, lines, labels = array("d"), array("q"), list[str]()
    wanted = layout.numeric
    for line, cells in _chain(head, rows):
        if len(cells) != len(layout.names):
            raise LabError(_ragged(path, line, len(cells), len(layout.names)))
        if layout.label is not None:
            labels.append(cells[layout.label].strip())
            cells = [cells[j] for j in wanted]
        try:
            values.extend(map(float, cells))
        except ValueError:
            raise _bad_cell(path, line, cells, wanted, layout) from None
        lines.append(line)

    return Dataset(
        name=path.name,
        X=np.array(values, dtype=np.float64).reshape(len(lines), len(wanted)),
        columns=tuple(layout.names[j] for j in wanted),
        labels=None if layout.label is None else tuple(labels),
        label_name=None if layout.label is None else layout.names[layout.label],
        lines=np.array(lines, dtype=np.int64),
    )


def _decode(path: Path) -> str:
    raw = path.read_bytes()
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise LabError(f"'{path}' is encoded in UTF-16: save it again as UTF-8 text")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = raw.count(b",", raw.rfind(b"\n", 0, error.start) + 1, error.start) + 1
        raise LabError(
            f"'{path}', line {line}, about column {column}: the byte 0x{raw[error.start]:02x} is not UTF-8 text: "
            "save the file again with the encoding UTF-8"
        ) from error


def _rows(text: str, path: Path) -> Iterator[Row]:
    """The rows that hold anything, with the line each one ends on."""
    first_line = text.lstrip("\r\n").partition("\n")[0]
    delimiter = next((mark for mark in ("\t", ";") if mark in first_line), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells) or len(cells) > 1:
                yield reader.line_num, cells
    except csv.Error as error:
        raise LabError(
            f"'{path}', line {reader.line_num}: the text cannot be split into columns ({error}): "
            "check the quotation marks on that line"
        ) from error


def _chain(head: list[Row], rest: Iterator[Row]) -> Iterator[Row]:
    yield from head
    yield from rest


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _layout(head: list[Row], path: Path, label: str | None) -> _Layout:
    first = [cell.strip() for cell in head[0][1]]
    second = head[1][1] if len(head) > 1 else None
    has_header = _looks_like_header(first, second)
    names = (
        tuple(cell or f"column {j + 1}" for j, cell in enumerate(first))
        if has_header
        else tuple(str(j + 1) for j in range(len(first)))
    )
    return _Layout(names, has_header, None if label is None else _find_label(path, label, names, has_header))


def _looks_like_header(first: list[str], second: list[str] | None) -> bool:
    """Whether the first row names the columns.

    All numbers: no. No number at all: yes, unless it is missing values only. Mixed ("5.1,3.5,setosa", or a
    header such as "id,2019,2020"): yes if some column turns from text to a number in the second row.
    """
    numbers = [_is_number(cell) for cell in first]
    if all(numbers) or all(cell.lower() in MISSING for cell in first):
        return False
    if not any(numbers):
        return True
    if second is None or len(second) != len(first):
        return False
    turns = (
        _is_number(below) and not above_is_number and above.lower() not in MISSING
        for above, above_is_number, below in zip(first, numbers, second, strict=True)
    )
    return any(turns)


def _find_label(path: Path, label: str, names: tuple[str, ...], has_header: bool) -> int:
    found = [j for j, name in enumerate(names) if name == label]
    if len(found) == 1:
        return found[0]
    if found:
        raise LabError(f"'{path}' has {len(found)} columns named '{label}': rename them so that --label is clear")
    if has_header:
        shown = ", ".join(f"'{name}'" for name in names[:8]) + (" ..." if len(names) > 8 else "")
        raise LabError(f"'{path}' has no column named '{label}' for --label: its columns are {shown}")
    raise LabError(
        f"'{path}' has no header, so it has no column named '{label}': add a first row with names, "
        f"or give --label a number from 1 to {len(names)}"
    )


def _ragged(path: Path, line: int, got: int, expected: int) -> str:
    return (
        f"'{path}', line {line} has {got} cell{'s' * (got != 1)} where the first row has {expected}"
        f"{f' (the last column, column {expected}, is missing)' if got == expected - 1 else ''}: "
        "complete that line, or put quotation marks around a cell that contains the separator"
    )


def _bad_cell(path: Path, line: int, cells: list[str], wanted: list[int], layout: _Layout) -> LabError:
    at = next(i for i, cell in enumerate(cells) if not _is_number(cell))
    cell, name = cells[at].strip(), layout.names[wanted[at]]
    where = f"'{path}', column '{name}', line {line}"
    if cell.lower() in MISSING:
        shown = f"'{cell}'" if cell else "empty"
        return LabError(f"{where}: the value is missing ({shown}): fill it in, or leave that row or column out of the file")
    if cell.count(",") == 1 and _is_number(cell.replace(",", ".")):
        return LabError(f"{where}: '{cell}' has a decimal comma: write a decimal point")
    shown = cell if len(cell) <= 30 else cell[:27] + "..."
    return LabError(
        f"{where}: '{shown}' is text, and the analysis needs numbers: remove that column, replace it by numbers, "
        f"or use it as labels with --label {_quoted(name)}"
    )


def _quoted(name: str) -> str:
    return name if name.isalnum() else f'"{name}"'
