"""Decompositions of data into few directions."""

from mlcore.decomposition._pca import PCA

__all__ = ["PCA"]
