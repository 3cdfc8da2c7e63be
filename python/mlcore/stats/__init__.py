"""Statistics of data in columns."""

from mlcore.stats._moments import MeanVariance, mean_variance

__all__ = ["MeanVariance", "mean_variance"]
