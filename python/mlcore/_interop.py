"""The seam to other libraries: scikit-learn, pandas, polars, threadpoolctl.

This is the only file that names them, and nothing here imports one of them before the user has: data
frames are recognised by what they can do, scikit-learn's exceptions are looked up only while it is
loaded, and its tags are built only when it asks for them.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from mlcore.exceptions import DataTypeError

if TYPE_CHECKING:
    from types import ModuleType

__all__ = [
    "CONTAINERS",
    "feature_names",
    "frame_to_array",
    "in_container",
    "is_frame",
    "is_sparse",
    "metadata_request",
    "output_container",
    "register_with_threadpoolctl",
    "routing_enabled",
    "tags",
    "twin",
]

Container = Literal["default", "pandas", "polars"]
CONTAINERS: Final = ("default", "pandas", "polars")

_E = TypeVar("_E", bound=Exception)


# ---------------------------------------------------------------- scikit-learn: exceptions


def twin(ours: type[_E]) -> type[_E]:
    """Return `ours`, or, while scikit-learn is loaded, a class that is also its namesake there.

    ``except sklearn.exceptions.NotFittedError`` then catches what mlcore raises, and mlcore need not
    import scikit-learn: nobody can catch a class of a module that is not loaded.

    Parameters
    ----------
    ours : type
        A class of `mlcore.exceptions`.

    Returns
    -------
    type
        `ours` or a subclass of it.
    """
    module = sys.modules.get("sklearn.exceptions")
    theirs = getattr(module, ours.__name__, None)
    if theirs is None:
        return ours
    if ours not in _twins:
        # Pickled as `ours`: a process without scikit-learn can read it.
        body = {"__doc__": ours.__doc__, "__reduce__": lambda self: (ours, self.args)}
        _twins[ours] = type(ours.__name__, (ours, theirs), body)
    return cast("type[_E]", _twins[ours])


_twins: dict[type, Any] = {}


# ---------------------------------------------------------------- scikit-learn: tags and routing


def tags() -> Any:
    """Build scikit-learn's default ``Tags`` for an estimator that needs `fit` and no target."""
    from sklearn.utils import Tags, TargetTags

    return Tags(estimator_type=None, target_tags=TargetTags(required=False))


def kind_tags(kind: Literal["classifier", "regressor", "transformer"]) -> Any:
    """Build the part of scikit-learn's ``Tags`` that belongs to one kind of estimator."""
    from sklearn.utils import ClassifierTags, RegressorTags, TransformerTags

    if kind == "classifier":
        return ClassifierTags()
    if kind == "regressor":
        return RegressorTags()
    # The first entry is what other dtypes become.
    return TransformerTags(preserves_dtype=["float64", "float32"])


def metadata_request(estimator: object, consumed: Mapping[str, tuple[str, ...]]) -> Any:
    """Build scikit-learn's ``MetadataRequest``: which method of `estimator` takes which extras.

    Parameters
    ----------
    estimator : object
        The owner of the request.
    consumed : mapping of str to tuple of str
        For each method the names of its arguments beside the data, as ``{"fit": ("sample_weight",)}``.

    Returns
    -------
    sklearn.utils.metadata_routing.MetadataRequest
    """
    from sklearn.utils.metadata_routing import MetadataRequest

    request = MetadataRequest(owner=estimator)
    for method, names in consumed.items():
        for name in names:
            getattr(request, method).add_request(param=name, alias=None)
    return request


def routing_enabled() -> bool:
    """Whether scikit-learn is loaded and its ``enable_metadata_routing`` is switched on."""
    sklearn = sys.modules.get("sklearn")
    return sklearn is not None and bool(sklearn.get_config()["enable_metadata_routing"])


def output_container(local: Container | None) -> Container:
    """Return the container that `transform` shall answer in.

    Parameters
    ----------
    local : {"default", "pandas", "polars"} or None
        What the estimator's own ``set_output`` said.

    Returns
    -------
    str
        `local`, else scikit-learn's ``transform_output`` where that is loaded, else ``"default"``.
    """
    if local is not None:
        return local
    sklearn = sys.modules.get("sklearn")
    # A module that is still being imported has no get_config yet.
    get_config = getattr(sklearn, "get_config", None)
    return "default" if get_config is None else get_config()["transform_output"]


# ---------------------------------------------------------------- pandas, polars, SciPy: data in


def is_sparse(X: object) -> bool:
    """Whether `X` is a sparse matrix or array, such as those of ``scipy.sparse``."""
    return hasattr(X, "toarray") and hasattr(X, "nnz")


def is_frame(X: object) -> bool:
    """Whether `X` is a data frame: it has named columns and turns into an array."""
    return hasattr(X, "columns") and hasattr(X, "__array__") and not isinstance(X, np.ndarray)


def _labels(X: Any) -> list[Any]:
    # pyarrow calls the data `columns` and their names `column_names`.
    return list(getattr(X, "column_names", X.columns))


def feature_names(X: object) -> NDArray[np.object_] | None:
    """Return the names of the columns of a data frame, or None.

    Parameters
    ----------
    X : object
        Anything; only a data frame whose column names are all strings has names.

    Returns
    -------
    ndarray of object, shape (n_features,), or None

    Raises
    ------
    TypeError
        If some names are strings and others are not: it is then unclear whether to compare them.
    """
    if not is_frame(X):
        return None
    columns = _labels(X)
    kinds = sorted({type(name).__name__ for name in columns})
    if "str" not in kinds:
        return None
    if len(kinds) > 1:
        raise TypeError(
            "Feature names are only supported if all input features have string names, but the "
            f"column names of this data frame are of the types {kinds}. Rename them, for example "
            "by X.columns = X.columns.astype(str)."
        )
    names = np.empty(len(columns), dtype=object)
    names[:] = columns
    return names


def frame_to_array(X: Any, name: str) -> NDArray[Any]:
    """Turn a data frame into an array, without a copy where the frame allows it.

    Missing values (``pandas.NA``, polars' null) become NaN.

    Parameters
    ----------
    X : data frame
        See `is_frame`.
    name : str
        How the caller calls it, for error messages.

    Returns
    -------
    ndarray, shape (n_samples, n_features)

    Raises
    ------
    DataTypeError
        If a column holds something other than numbers; the message names the column.
    """
    array = np.asarray(X)
    if array.dtype.kind != "O":
        return array
    # Columns of several kinds, or of a kind that NumPy lacks, arrive as objects: take them one by one.
    columns = _labels(X)
    result = np.empty(array.shape, dtype=np.float64, order="F")
    for j, label in enumerate(columns):
        try:
            result[:, j] = _column_to_float(X, array, j)
        except (TypeError, ValueError) as error:
            raise DataTypeError(
                f"{name} must hold real numbers, but its column {label!r} does not: {error}. "
                "Drop the column or encode it as numbers."
            ) from error
    return result


def _column_to_float(X: Any, array: NDArray[np.object_], j: int) -> NDArray[np.float64]:
    if not hasattr(X, "iloc"):
        return array[:, j].astype(np.float64)  # None, polars' null, becomes NaN
    column = X.iloc[:, j]  # pandas: its NA does not convert by itself
    if getattr(column.dtype, "kind", "O") in "cmM":
        raise TypeError(f"its type is {column.dtype}")
    return np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan))


# ---------------------------------------------------------------- pandas, polars: data out


def in_container(array: NDArray[Any], container: Container, columns: NDArray[np.object_], like: object) -> Any:
    """Wrap a matrix as the data frame that was asked for.

    Parameters
    ----------
    array : ndarray, shape (n_samples, n_columns)
        The values; pandas shares their memory.
    container : {"pandas", "polars"}
        The library.
    columns : ndarray of object, shape (n_columns,)
        The column names.
    like : object
        The data that came in; a pandas index is carried over from it.

    Returns
    -------
    pandas.DataFrame or polars.DataFrame

    Raises
    ------
    ImportError
        If the library is not installed.
    """
    if container == "pandas":
        import pandas as pd

        index = like.index if isinstance(like, pd.DataFrame) else None
        return pd.DataFrame(array, index=index, columns=columns, copy=False)
    import polars as pl

    return pl.DataFrame(array, schema=columns.tolist(), orient="row")


# ---------------------------------------------------------------- threadpoolctl


def register_with_threadpoolctl() -> None:
    """Let threadpoolctl see and limit the threads of mlcore, now or as soon as it is imported.

    Importing threadpoolctl ourselves would cost every user some ten milliseconds for the few who use
    it. So a finder stands first in `sys.meta_path`, waits for that one name, registers us after the
    module has run, and takes itself away.
    """
    loaded = sys.modules.get("threadpoolctl")
    if loaded is not None:
        _register(loaded)
    elif not any(isinstance(finder, _AwaitThreadpoolctl) for finder in sys.meta_path):
        sys.meta_path.insert(0, _AwaitThreadpoolctl())


class _AwaitThreadpoolctl:
    """A finder that finds nothing itself, but learns that threadpoolctl is being imported."""

    def find_spec(self, fullname: str, path: Any = None, target: ModuleType | None = None) -> Any:
        """Return threadpoolctl's own spec with our registration behind its loader."""
        if fullname != "threadpoolctl":
            return None
        from importlib.util import find_spec

        if self in sys.meta_path:
            sys.meta_path.remove(self)  # so that find_spec asks the others
        spec = find_spec(fullname)
        if spec is None or spec.loader is None:
            return spec
        exec_module = spec.loader.exec_module

        def exec_then_register(module: ModuleType) -> None:
            exec_module(module)
            _register(module)

        spec.loader.exec_module = exec_then_register  # type: ignore[method-assign]
        return spec


@cache  # once, however often mlcore is reloaded
def _register(threadpoolctl: ModuleType) -> None:
    # threadpoolctl before 3.2 has no such door; it then does not list us, as before.
    register = getattr(threadpoolctl, "register", None)
    if register is None:
        return

    class MlcoreController(threadpoolctl.LibController):  # type: ignore[misc, name-defined]
        """How threadpoolctl talks to the shared object of the running build."""

        user_api = "mlcore"
        internal_api = "mlcore"
        filename_prefixes = ("_mlcore_",)
        check_symbols = ("mlcore_get_num_threads", "mlcore_set_num_threads")

        def get_num_threads(self) -> int:
            return int(self.dynlib.mlcore_get_num_threads())

        def set_num_threads(self, num_threads: int) -> None:
            self.dynlib.mlcore_set_num_threads(num_threads)

        def get_version(self) -> str | None:
            return getattr(sys.modules.get("mlcore"), "__version__", None)

    register(MlcoreController)
