"""The whole run as JSON, for programs. The keys are the field names of :mod:`mlcore.lab.results`.

JSON knows no NaN and no infinity: both become null.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from typing import Any

from mlcore.lab.results import Report
from mlcore.lab.summary import summarise

__all__ = ["SCHEMA", "to_json"]

SCHEMA = "mlcore-lab/1"


def to_json(report: Report) -> str:
    """The report as a JSON text, ending in a newline.

    Parameters
    ----------
    report : Report
        The run.

    Returns
    -------
    str
        An object with the fields of :class:`~mlcore.lab.results.Report`, `"schema"` (a name that changes when the
        meaning of a field does), `"agrees"` and `"summary"`; every comparison also carries its `"verdict"`.
    """
    content: dict[str, Any] = {"schema": SCHEMA, **asdict(report), "agrees": report.agrees}
    content["summary"] = asdict(summarise(report))
    for topic, plain in zip(report.topics, content["topics"], strict=True):
        for row, fields in zip(topic.comparisons, plain["comparisons"], strict=True):
            fields["verdict"] = row.verdict
    return json.dumps(_plain(content), indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
