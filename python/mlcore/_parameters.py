"""Hyper-parameters checked against their own annotations.

An estimator declares each hyper-parameter once, as an annotated field with a default::

    n_components: Annotated[int, Interval(0)] | Annotated[float, Interval(0, 1, "neither")] | None = None
    svd_solver: Literal["auto", "covariance_eigh", "power"] = "auto"

and that line is its type for the reader and for mypy, its default, and, through this module, the test
that `fit` runs and the text of the error. The annotation is read once per class, at the first `fit`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from math import inf
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

import numpy as np

from mlcore.exceptions import InvalidParameterError

__all__ = ["Interval", "Seed", "check_parameters"]

_Test: TypeAlias = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Interval:
    """The range of a number, in ``Annotated[int, Interval(...)]`` or ``Annotated[float, ...]``.

    Parameters
    ----------
    low, high : float, default=-inf, inf
        The ends.
    closed : {"both", "left", "right", "neither"}, default="both"
        Which ends belong to it; an infinite end never does.
    """

    low: float = -inf
    high: float = inf
    closed: Literal["both", "left", "right", "neither"] = "both"

    def __contains__(self, value: Any) -> bool:
        # Written so that NaN is in no interval.
        above = value >= self.low if self._has_low else value > self.low
        below = value <= self.high if self._has_high else value < self.high
        return bool(above and below)

    def __str__(self) -> str:
        left = "[" if self._has_low else "("
        right = "]" if self._has_high else ")"
        return f"{left}{self.low:g}, {self.high:g}{right}"

    @property
    def _has_low(self) -> bool:
        return self.closed in ("both", "left") and self.low != -inf

    @property
    def _has_high(self) -> bool:
        return self.closed in ("both", "right") and self.high != inf


Seed: TypeAlias = "int | np.random.Generator | np.random.RandomState | None"
"""What `random_state` may be. A string, so that ``import mlcore`` does not load ``numpy.random``."""


def check_parameters(estimator: Any) -> None:
    """Raise an `InvalidParameterError` if a hyper-parameter does not fit its annotation.

    Parameters
    ----------
    estimator : object
        An instance of a dataclass.

    Raises
    ------
    InvalidParameterError
        A ``ValueError`` and a ``TypeError``; it names the parameter, what it must be, and its value.
    """
    cls = type(estimator)
    rules = cls.__dict__.get("_parameter_rules")
    if rules is None:
        rules = cls._parameter_rules = _rules_of(cls)
    for name, default, tests, text in rules:
        value = getattr(estimator, name)
        if value is not default and not any(test(value) for test in tests):
            raise InvalidParameterError(
                f"The {name!r} parameter of {cls.__name__} must be {text}. Got {value!r} instead."
            )


def _rules_of(cls: type) -> list[tuple[str, Any, list[_Test], str]]:
    hints = get_type_hints(cls, include_extras=True)
    rules = []
    for field in fields(cls):
        options = _options(hints[field.name])
        takes_int = any(base is int for base, _ in options)
        tests, texts = zip(*(_test(base, extra, takes_int) for base, extra in options), strict=True)
        text = texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"
        # A default is right by declaration; MISSING is the value of no parameter.
        default = None if field.default is MISSING else field.default
        rules.append((field.name, default, list(tests), text))
    return rules


def _options(hint: Any) -> list[tuple[Any, Any]]:
    """Flatten a union into pairs of a plain type and its Interval or choices."""
    origin = get_origin(hint)
    if origin is Union or origin is UnionType:
        return [option for part in get_args(hint) for option in _options(part)]
    if origin is Annotated:
        base, extra = get_args(hint)
        return [(base, extra)]
    if origin is Literal:
        return [(Literal, get_args(hint))]
    return [(hint, None)]


def _test(base: Any, extra: Any, takes_int: bool) -> tuple[_Test, str]:
    """Return the test and the text of one option."""
    if base is Literal:
        choices = extra
        return (lambda v: isinstance(v, str) and v in choices), f"one of {set_text(choices)}"
    if base is NoneType:
        return (lambda v: v is None), "None"
    if base is bool:
        return (lambda v: isinstance(v, bool | np.bool_)), "True or False"
    span = Interval() if extra is None else extra
    where = "" if extra is None else f" in the range {span}"
    if base is int:
        return (lambda v: _is_int(v) and v in span), f"an int{where}"
    if base is float:
        # Where ints have a meaning of their own, 1 is not a float.
        return (lambda v: _is_real(v) and not (takes_int and _is_int(v)) and v in span), f"a float{where}"
    if base is Any:
        return (lambda v: True), "anything"
    return (lambda v: isinstance(v, base)), f"a {base.__module__.partition('.')[0]} {base.__qualname__}"


def set_text(choices: tuple[str, ...]) -> str:
    """Return the choices as ``{'a', 'b'}``, in the order of their declaration."""
    return "{" + ", ".join(repr(choice) for choice in choices) + "}"


def _is_int(value: object) -> bool:
    return type(value) is int or (isinstance(value, Integral) and not isinstance(value, bool))


def _is_real(value: object) -> bool:
    return type(value) is float or (isinstance(value, Real) and not isinstance(value, bool))
