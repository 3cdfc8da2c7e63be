"""Principal component analysis."""

from __future__ import annotations

import warnings
from dataclasses import KW_ONLY
from math import sqrt
from numbers import Integral
from typing import Annotated, Any, Literal, Self

import numpy as np

from mlcore._parameters import Interval, Seed
from mlcore._validation import FloatArray, as_matrix, check_sample_weight, raise_not_finite, require_finite
from mlcore.base import Transformer
from mlcore.decomposition._dimension import count_of, least_samples
from mlcore.decomposition._gaussian import LowRankGaussian
from mlcore.decomposition._moments import Moments, total_weight
from mlcore.decomposition._principal import Principal, Solver, from_data, from_moments
from mlcore.decomposition._project import project
from mlcore.exceptions import AccuracyWarning
from mlcore.linalg import matmul

__all__ = ["PCA"]


class PCA(Transformer):
    r"""Principal component analysis: the orthogonal directions of greatest variance.

    With the mean :math:`m` of the samples and their covariance
    :math:`C = \frac{1}{n-1} \sum_i (x_i - m)^T (x_i - m)`, the components are the eigenvectors
    :math:`v_1, v_2, \ldots` of :math:`C` by descending eigenvalue :math:`\lambda_1 \ge \lambda_2 \ge \ldots`,
    the explained variances. `transform` maps :math:`x` to :math:`(x - m) V^T`. The parameters, the
    attributes and the signs are those of scikit-learn's class of this name.

    Parameters
    ----------
    n_components : int, float or "mle", optional
        How many components to keep: that many; with a float between 0 and 1, as few as explain more than
        that fraction of the variance; with ``"mle"``, Minka's estimate (it needs ``n_samples >=
        n_features``); by default all, ``min(n_samples, n_features)``.
    copy : bool, default=True
        Accepted for scikit-learn's sake: `X` is never written.
    whiten : bool, default=False
        Whether `transform` divides each component by its standard deviation.
    svd_solver : {"auto", "full", "covariance_eigh", "power", "randomized"}, default="auto"
        ``"covariance_eigh"`` forms the Gram matrix of the features (or of the samples, if these are
        fewer) in one read of `X` and computes all its eigenpairs. ``"power"`` computes only the leading
        ones, by block iteration. ``"auto"`` takes the cheaper of the two, and ``"full"`` where the Gram matrix has
        lost what is asked for; see Notes. ``"full"`` is the singular value decomposition of the centred data;
        ``"randomized"`` approximates the leading part of it by `mlcore.linalg.randomized_svd`.
    tol : float, default=0.0
        Where the block iteration stops: residual :math:`\lVert C v - \lambda v \rVert / \lambda_1`. 0 stands for
        1e-8 in float64 and 2e-5 in float32; the error of :math:`\lambda` is of the order of its square. If that is
        more than 1e-5 (1e-3) of a :math:`\lambda_k` asked for, the iteration is repeated with `tol` times
        :math:`\lambda_k / \lambda_1`; where rounding forbids that, ``"auto"`` computes all eigenpairs.
    iterated_power : int or "auto", default="auto"
        The cap on the block iterations, products with 8 vectors each; ``"auto"`` is 1000. If it is reached,
        ``"power"`` raises and ``"auto"`` computes all eigenpairs. Of ``"randomized"`` the number of products; 4.
    n_oversamples : int, default=10
        Random vectors of ``"randomized"`` beyond `n_components`.
    power_iteration_normalizer : {"auto", "QR"}, default="auto"
        Accepted for scikit-learn's sake: blocks are always orthonormal.
    random_state : int, Generator, RandomState or None, default=None
        The start of the block iteration. None is the same start every time: equal calls give equal bits,
        on any number of threads.

    Attributes
    ----------
    components_ : ndarray of shape (n_components_, n_features_in_)
        The directions as orthonormal rows. The entry of largest magnitude of each is positive.
    explained_variance_ : ndarray of shape (n_components_,)
        The variance along each, descending.
    explained_variance_ratio_ : ndarray of shape (n_components_,)
        Its share of the total variance; 0 if there is no variance at all.
    singular_values_ : ndarray of shape (n_components_,)
        Singular values of the centred data, :math:`\sqrt{(n-1) \lambda}`.
    mean_ : ndarray of shape (n_features_in_,)
        The mean of each feature.
    n_components_ : int
        The number of components kept.
    n_samples_ : int or float
        The number of samples, or the sum of their weights.
    noise_variance_ : float
        The mean variance of the directions left out, 0 if there are none: the noise of probabilistic
        PCA [1]_, on which `score`, `get_covariance` and `get_precision` rest.
    n_features_in_ : int
        The number of features.
    feature_names_in_ : ndarray of object, shape (n_features_in_,)
        Their names, if `X` was a data frame that names them.

    Warns
    -----
    AccuracyWarning
        If requested components were lost and could not be computed anew.

    See Also
    --------
    mlcore.linalg.eigh_topk : The block iteration.

    Notes
    -----
    **Accuracy.** A Gram matrix squares the singular values of the data, and with them its condition
    number: it is formed with an error of about :math:`\epsilon \lambda_1` (:math:`\epsilon` = 2.2e-16
    in float64, 1.2e-7 in float32). An explained variance :math:`\lambda` so has the relative error
    :math:`\epsilon \lambda_1 / \lambda`, where a singular value decomposition of the data would have
    :math:`\epsilon \sqrt{\lambda_1 / \lambda}`, and components whose standard deviation is below
    :math:`\sqrt\epsilon` of the largest (1.5e-8, or 3.5e-4 in float32) are lost in the rounding.

    ``svd_solver="auto"`` notices when a requested component has :math:`\lambda < \sqrt\epsilon
    \lambda_1`, that is half of its digits, and begins anew: float32 in float64, and float64 with ``"full"``, the singular
    value decomposition of a centred copy of the data. Standard deviations are then good to a few :math:`\epsilon` of the
    largest.
    ``"covariance_eigh"``, ``"power"``, `partial_fit` and `merge` see only the Gram matrix or products with it: what has
    :math:`\lambda < d \epsilon \lambda_1` there gets variance 0, some orthonormal direction, and an
    `AccuracyWarning`. Constant columns, and components beyond ``n_samples - 1``, have no variance for certain and
    are not warned of.

    **Cost.** :math:`n d^2` flops for the Gram matrix and some :math:`9 d^3` for its eigenpairs, with n and d
    exchanged if ``n < d``. After `fit` with ``n >= d`` the object keeps the d x d matrix for `partial_fit` and `merge`.

    No Gram matrix is formed by ``"auto"`` and ``"power"`` where n and d are at least 1000, `X` has up to
    :math:`2^{25}` elements and at most a tenth of the components is wanted: they iterate with a centred copy of the data,
    :math:`32 n d` flops a step, 14 steps where the spectrum decays and some 50 where it is flat. There is no matrix to
    add to then, as with ``n < d``. Where this does not converge, or the smallest component wanted needs it, ``"auto"``
    forms the matrix after all.

    References
    ----------
    .. [1] M. E. Tipping, C. M. Bishop, "Mixtures of Probabilistic Principal Component Analysers", Neural
       Computation 11 (1999), 443-482.

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore.decomposition import PCA
    >>> X = np.array([[-1, -1], [-2, -1], [-3, -2], [1, 1], [2, 1], [3, 2]])
    >>> pca = PCA(n_components=2).fit(X)
    >>> pca.explained_variance_ratio_.round(4)
    array([0.9924, 0.0076])
    >>> pca.components_.round(3)
    array([[ 0.838,  0.545],
           [-0.545,  0.838]])
    >>> PCA(n_components=0.95).fit_transform(X).round(2).ravel()
    array([-1.38, -2.22, -3.61,  1.38,  2.22,  3.61])
    """

    n_components: Annotated[int, Interval(0)] | Annotated[float, Interval(0, 1, "neither")] | Literal["mle"] | None = None
    _: KW_ONLY
    copy: bool = True
    whiten: bool = False
    svd_solver: Literal["auto", "full", "covariance_eigh", "power", "randomized"] = "auto"
    tol: Annotated[float, Interval(0)] = 0.0
    iterated_power: Annotated[int, Interval(1)] | Literal["auto"] = "auto"
    n_oversamples: Annotated[int, Interval(1)] = 10
    power_iteration_normalizer: Literal["auto", "QR"] = "auto"
    random_state: Seed = None

    # ------------------------------------------------------------ learning

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Find the principal components of `X`.

        Parameters
        ----------
        X : array-like or data frame of shape (n_samples, n_features)
            The data, at least two samples.
        y : Ignored
        sample_weight : array-like of shape (n_samples,), optional
            How often each sample counts: 2 is the same as its standing there twice.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If `X` is not finite or too small, or `n_components` exceeds ``min(n_samples, n_features)``.
        TypeError
            If `X` does not hold real numbers.
        """
        self._fit(X, sample_weight)
        return self

    def fit_transform(self, X: Any, y: Any = None, sample_weight: Any = None) -> FloatArray:
        """Find the principal components of `X` and project it on them.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_components_)
        """
        return self._project(self._fit(X, sample_weight))

    def partial_fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> Self:
        """Add samples to those seen so far, by `fit` or `partial_fit`.

        The moments of `X` are added to those of the samples before (Chan, Golub, LeVeque 1979), so that the
        result is that of one `fit` on all of them, to rounding, in whatever portions they come. While
        fewer samples have come than `n_components` asks for, or than two, they are only counted.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`; one sample is enough.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            As `fit`; also if the features differ from those seen before, or if `fit` dropped components by a
            route that does not form the scatter matrix (see Notes).
        """
        self._check_parameters()
        first = "_moments" not in self.__dict__
        X = self._check_X(X, reset=first, finite=False)
        moments = Moments.of(X, check_sample_weight(sample_weight, X.shape[0], X.dtype))
        self._continue(moments if first else self._known_moments() + moments)
        return self

    def merge(self, other: PCA) -> Self:
        """Add the samples that another PCA has seen, as if this one had seen them too.

        Parameters
        ----------
        other : PCA
            Fitted, on the same features. It is not changed.

        Returns
        -------
        self

        Raises
        ------
        TypeError
            If `other` is not a PCA.
        NotFittedError
            If one of the two has seen nothing.
        ValueError
            If their features differ, or if `fit` dropped components by a route that does not form the scatter
            matrix (see Notes).

        Examples
        --------
        >>> import numpy as np
        >>> from mlcore.decomposition import PCA
        >>> X = np.random.default_rng(0).normal(size=(60, 3))
        >>> halves = PCA().fit(X[:20]).merge(PCA().fit(X[20:]))
        >>> np.allclose(halves.components_, PCA().fit(X).components_)
        True
        """
        if not isinstance(other, PCA):
            raise TypeError(f"other must be a PCA, got {other!r} of type {type(other).__name__}.")
        self._check_parameters()
        mine, theirs = self._known_moments(), other._known_moments()
        if self.n_features_in_ != other.n_features_in_:
            raise ValueError(
                f"other was fitted on {other.n_features_in_} features, this PCA on {self.n_features_in_}; "
                "only models of the same features can be merged."
            )
        self._compare_names(other.__dict__.get("feature_names_in_"))
        self._continue(mine + theirs)
        return self

    # ------------------------------------------------------------ using

    def transform(self, X: Any) -> FloatArray:
        """Project `X` on the components.

        Parameters
        ----------
        X : array-like or data frame of shape (n_samples, n_features_in_)
            The data.

        Returns
        -------
        ndarray of shape (n_samples, n_components_)
        """
        self._check_is_fitted()
        return self._project(self._check_X(X, finite=False))

    def inverse_transform(self, X: Any) -> FloatArray:
        """Map projections back into the space of the data.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_components_)
            What `transform` returned.

        Returns
        -------
        ndarray of shape (n_samples, n_features_in_)
            The data, up to what the dropped components held.
        """
        self._check_is_fitted()
        X = as_matrix(X, min_features=0)
        if X.shape[1] != self.n_components_:
            raise ValueError(f"X has {X.shape[1]} columns, but this PCA has {self.n_components_} components.")
        components = self.components_
        if self.whiten:
            components = components * self._deviations()[:, None]
        dtype = np.result_type(X, components)
        restored: FloatArray = matmul(X.astype(dtype, copy=False), components.astype(dtype, copy=False))
        return (restored + self._mean64).astype(dtype, copy=False)

    def get_covariance(self) -> FloatArray:
        r"""Return the covariance matrix of the model, :math:`V^T (\Lambda - \sigma^2)_+ V + \sigma^2 I`.

        It is that of the data, also if `whiten` is set.

        Returns
        -------
        ndarray of shape (n_features_in_, n_features_in_)
        """
        return self._gaussian().covariance()

    def get_precision(self) -> FloatArray:
        r"""Return the inverse of the covariance matrix, :math:`V^T \Lambda^{-1} V + \sigma^{-2} (I - V^T V)`.

        Returns
        -------
        ndarray of shape (n_features_in_, n_features_in_)

        Raises
        ------
        numpy.linalg.LinAlgError
            If the covariance matrix is singular.
        """
        return self._gaussian().precision()

    def score_samples(self, X: Any) -> FloatArray:
        """Return the log-likelihood of each sample under probabilistic PCA [1]_.

        Parameters
        ----------
        X : array-like or data frame of shape (n_samples, n_features_in_)
            The data.

        Returns
        -------
        ndarray of shape (n_samples,)
            Where the model has no variance in some direction there is no density; such directions count as if they
            had the least variance that rounding can tell from zero.

        Raises
        ------
        numpy.linalg.LinAlgError
            If the model has no variance in any direction.

        References
        ----------
        .. [1] C. M. Bishop, "Pattern Recognition and Machine Learning", 12.2.1.
        """
        model = self._gaussian()
        X = self._check_X(X)
        return model.log_density(X.astype(np.result_type(X, self.components_), copy=False))

    def score(self, X: Any, y: Any = None) -> float:
        """Return the mean log-likelihood of the samples under probabilistic PCA.

        Parameters
        ----------
        X : array-like or data frame of shape (n_samples, n_features_in_)
            The data.
        y : Ignored

        Returns
        -------
        float
        """
        return float(np.mean(self.score_samples(X), dtype=np.float64))

    # ------------------------------------------------------------ inside

    @property
    def _n_features_out(self) -> int:
        return int(self.components_.shape[0])

    def _fit(self, data: Any, sample_weight: Any) -> FloatArray:
        """Do `fit` and return the data as a matrix."""
        self._check_parameters()
        X = self._check_X(data, reset=True, finite=False, min_samples=2)
        weights = check_sample_weight(sample_weight, X.shape[0], X.dtype)
        n_samples = total_weight(X, weights)
        found = from_data(X, weights, count_of(self.n_components, n_samples, X.shape[1]), self._solver())
        self._learn(found, X.dtype)
        return X

    def _continue(self, moments: Moments) -> None:
        """Learn from the moments of all samples so far, if they suffice."""
        self._moments: Moments | None = moments
        d = moments.mean.size
        if moments.weight >= least_samples(self.n_components, d):
            count = count_of(self.n_components, moments.weight, d)
            found = from_moments(moments, moments.weight, count, self._solver())
            self._learn(found, moments.dtype)

    def _known_moments(self) -> Moments:
        """Return the moments of all samples seen, from those that `fit` kept or from all its components."""
        moments: Moments | None = self.__dict__.get("_moments")
        if moments is not None:
            return moments
        self._check_is_fitted()
        if not self._whole:  # fit took a route without them, and some components were dropped
            raise ValueError(
                f"fit saw {self.n_samples_} samples of {self.n_features_in_} features and kept "
                f"{self.n_components_} components, so the scatter matrix that would have to be added was never "
                "formed. Use partial_fit instead of fit, or n_components=None."
            )
        V = self.components_.astype(np.float64) * self.singular_values_[:, None].astype(np.float64)
        return Moments(float(self.n_samples_), self._mean64, matmul(V.T, V), 1.0, self.components_.dtype)

    def _solver(self) -> Solver:
        if self.svd_solver in ("power", "randomized") and not isinstance(self.n_components, Integral | None):
            raise ValueError(
                f"n_components={self.n_components!r} needs all eigenvalues, and svd_solver={self.svd_solver!r} computes "
                "the leading ones. Pass an int, or svd_solver='auto'."
            )
        return Solver(
            name=self.svd_solver,
            tol=self.tol or None,
            max_iter=1000 if self.iterated_power == "auto" else self.iterated_power,
            seed=self.random_state,
            oversample=self.n_oversamples,
            n_products=4 if self.iterated_power == "auto" else self.iterated_power,
        )

    def _learn(self, found: Principal, dtype: np.dtype[Any]) -> None:
        """Set the attributes."""
        freedom = found.weight - 1
        if freedom <= 0:
            raise ValueError(
                f"The sample weights sum to {found.weight:g}. They count repetitions of samples, and the variance "
                "needs more than 1 sample in all."
            )
        k, d = found.components.shape
        variances = found.values / freedom * found.scale * found.scale
        limit = min(int(found.weight), d)
        self.components_ = found.components.astype(dtype, copy=False)
        self.explained_variance_ = variances.astype(dtype)
        ratio = found.values / found.total if found.total > 0 else np.zeros(k)
        self.explained_variance_ratio_ = ratio.astype(dtype)
        self.singular_values_ = (np.sqrt(found.values) * found.scale).astype(dtype)
        self.mean_ = found.mean.astype(dtype)
        self.n_components_ = k
        self.n_samples_ = int(found.weight) if found.weight.is_integer() else found.weight
        rest = found.rest / freedom * found.scale * found.scale
        self.noise_variance_ = rest / (limit - k) if k < limit else 0.0
        self._mean64 = found.mean  # float32 does not hold the digits of a large mean that centring needs
        self._spread = sqrt(found.total / freedom) * found.scale
        self._moments = found.moments
        self._whole = found.whole
        if found.n_lost:
            warnings.warn(
                f"{found.n_lost} of the {k} components asked for were lost: their variance is less than the rounding "
                "errors of the covariance matrix. They were given variance 0 and arbitrary directions. Ask for fewer "
                "components, scale the features alike, or use fit with svd_solver='auto', which computes such "
                "components from the data.",
                AccuracyWarning,
                stacklevel=4,
            )

    def _project(self, X: FloatArray) -> FloatArray:
        """Do `transform` on a matrix that has not yet been searched for NaN."""
        V = self.components_
        dtype = np.result_type(X, V)
        projected = project(X.astype(dtype, copy=False), self._mean64, V.T.astype(dtype, copy=False), spread=self._spread)
        if projected.shape[1] == 0:
            require_finite(X)
        else:
            with np.errstate(invalid="ignore", over="ignore"):  # NaN and infinity of X are in the result too
                total = projected.sum()
            if not np.isfinite(total):
                raise_not_finite(X)
        if self.whiten:
            projected /= self._deviations().astype(dtype)
        return projected

    def _deviations(self) -> FloatArray:
        """Return the standard deviations that whitening divides by; where there is no variance, a tiny one."""
        # Not from the variances: those leave the range of their type where the deviations do not.
        deviations: FloatArray = self.singular_values_ / self.singular_values_.dtype.type(sqrt(self.n_samples_ - 1))
        info = np.finfo(deviations.dtype)
        np.maximum(deviations, max(info.eps * deviations.max(initial=0), info.tiny), out=deviations)
        return deviations

    def _gaussian(self) -> LowRankGaussian:
        self._check_is_fitted()
        noise = float(self.noise_variance_)
        # float32 may lack the range of the squares.
        variances = np.maximum(np.square(self.singular_values_.astype(np.float64)) / (self.n_samples_ - 1), noise)
        return LowRankGaussian(self._mean64, self.components_, variances, noise)
