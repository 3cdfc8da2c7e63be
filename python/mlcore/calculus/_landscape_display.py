"""A loss landscape drawn: a curve, contours, a surface."""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from mlcore.calculus._landscape import LossLandscape, loss_landscape

__all__ = ["LossLandscapeDisplay"]

# Losses that range over more than this are coloured by their logarithm.
_WIDE: Final = 20.0
# Decades of a logarithmic scale, at most: what is nearer to the lowest value is coloured alike.
_DECADES: Final = 6
_GREY: Final = "#d9d9d9"
_TRAJECTORY: Final = "#D55E00"


class LossLandscapeDisplay:
    """A `LossLandscape`, and its drawing: scikit-learn's style of a display. matplotlib is imported by ``plot``.

    Parameters
    ----------
    landscape : LossLandscape
        What to draw.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        Where it was drawn.
    figure_ : matplotlib.figure.Figure
        Its figure.
    artist_ : matplotlib artist
        The line, the filled contours or the surface.
    colorbar_ : matplotlib.colorbar.Colorbar or None

    Examples
    --------
    >>> import numpy as np
    >>> from mlcore import calculus
    >>> slice = calculus.loss_landscape(lambda x: np.sum(x**4), np.ones(5), resolution=9, rng=0)
    >>> display = slice.plot(style="surface")  # doctest: +SKIP
    >>> display.figure_.savefig("landscape.png")  # doctest: +SKIP
    """

    def __init__(self, landscape: LossLandscape) -> None:
        self.landscape = landscape

    @classmethod
    def from_landscape(cls, landscape: LossLandscape, **keywords: Any) -> LossLandscapeDisplay:
        """Draw a landscape; keywords as for `plot`."""
        return cls(landscape).plot(**keywords)

    @classmethod
    def from_loss(
        cls, loss: Any, parameters: Any, *, plot: dict[str, Any] | None = None, **keywords: Any
    ) -> LossLandscapeDisplay:
        """Compute a landscape, keywords as for `loss_landscape`, and draw it, ``plot`` as for `plot`."""
        return cls(loss_landscape(loss, parameters, **keywords)).plot(**(plot or {}))

    def plot(
        self,
        *,
        ax: Any = None,
        style: Literal["curve", "contour", "surface"] | None = None,
        scale: Literal["auto", "linear", "log"] = "auto",
        levels: int = 24,
        cmap: str = "viridis",
        title: str | None = None,
    ) -> LossLandscapeDisplay:
        """Draw it.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where; a new figure by default. A surface needs one of the projection "3d".
        style : {"curve", "contour", "surface"}, optional
            "curve" for one direction, the default there; for two, contours by default.
        scale : {"auto", "linear", "log"}, default "auto"
            Of the loss. "log" spaces contours by the logarithm of the loss, or of its distance from the lowest value if that
            is negative, over six decades at most. "auto" takes it where the values range over a factor of more than 20.
        levels : int, default 24
            How many contours.
        cmap : str, default "viridis"
            matplotlib's colour map.
        title : str, optional
            By default, what the directions are and how much of a trajectory they show.

        Returns
        -------
        LossLandscapeDisplay
            Itself, with the attributes ``ax_``, ``figure_``, ``artist_``, ``colorbar_``.

        Raises
        ------
        ValueError
            If the style does not fit the number of directions, no value is finite, or an argument is unknown.
        ImportError
            If matplotlib is missing: ``pip install "mlcore-math[plot]"``.
        """
        one = len(self.landscape.coordinates) == 1
        styles = ("curve",) if one else ("contour", "surface")
        if style is not None and style not in styles:
            raise ValueError(f"style is {style!r}; expected one of {styles} for {len(self.landscape.coordinates)} directions.")
        if scale not in ("auto", "linear", "log"):
            raise ValueError(f"scale is {scale!r}; expected 'auto', 'linear' or 'log'.")
        if levels < 2:
            raise ValueError(f"levels is {levels}; expected 2 or more.")
        if not np.isfinite(self.landscape.values).any():
            raise ValueError("no value of the loss on the grid is finite; there is nothing to draw. Give a smaller span.")
        style = style or styles[0]  # type: ignore[assignment]
        if ax is None:
            import matplotlib.pyplot as plt

            figure = plt.figure(figsize=(6.4, 4.8), layout="constrained")
            ax = figure.add_subplot(projection="3d" if style == "surface" else None)
        self.ax_: Any = ax
        self.figure_: Any = ax.figure
        self.colorbar_: Any = None
        shown = _Scaled(self.landscape.values, scale)
        if style == "curve":
            self._curve(shown)
        elif style == "contour":
            self._contours(shown, levels, cmap)
        else:
            self._surface(shown, cmap)
        if style != "surface" and not np.isfinite(self.landscape.values).all():
            ax.annotate(
                "grey: the loss is not finite", (0.99, 0.01), xycoords="axes fraction", ha="right", va="bottom", fontsize=8
            )
        ax.set_title(self._title() if title is None else title, fontsize=10)
        return self

    def _curve(self, shown: _Scaled) -> None:
        found = self.landscape
        finite = np.isfinite(found.values)
        (x,) = found.coordinates
        (self.artist_,) = self.ax_.plot(x, np.where(finite, found.values, np.nan), color="#0072B2")
        self.ax_.set_xlabel(self._axis_label(0))
        self.ax_.set_ylabel("loss")
        if shown.log and shown.offset == 0:
            self.ax_.set_yscale("log")
            self.ax_.set_ylim(bottom=max(shown.low, float(found.values[finite].min())) * 0.8)
        step = (x[1] - x[0]) / 2
        for i in np.flatnonzero(~finite):
            self.ax_.axvspan(x[i] - step, x[i] + step, color=_GREY, lw=0)
        self.ax_.axvline(0, color="#6b6b6b", lw=0.8, ls=":")
        if found.trajectory is not None and found.trajectory_values is not None:
            self.ax_.plot(found.trajectory[:, 0], found.trajectory_values, ".-", color=_TRAJECTORY, lw=0.8, label="trajectory")
            self.ax_.legend(frameon=False)

    def _contours(self, shown: _Scaled, levels: int, cmap: str) -> None:
        x, y = self.landscape.coordinates
        self.ax_.set_facecolor(_GREY)
        lines = shown.levels(levels)
        norm = shown.norm()
        z = np.ma.masked_invalid(np.clip(shown.values.T, lines[0], lines[-1]))
        self.artist_ = self.ax_.contourf(x, y, z, levels=lines, norm=norm, cmap=cmap)
        self.ax_.contour(x, y, z, levels=lines[1:-1:2], colors="white", linewidths=0.5, alpha=0.6)
        self._bar(shown, self.artist_)
        self.ax_.set_xlabel(self._axis_label(0))
        self.ax_.set_ylabel(self._axis_label(1))
        if (np.ptp(x) / np.ptp(y)) < 3 and (np.ptp(y) / np.ptp(x)) < 3:
            self.ax_.set_aspect("equal")
        if self.landscape.trajectory is not None:
            a, b = self.landscape.trajectory.T
            self.ax_.plot(a, b, ".-", color=_TRAJECTORY, lw=1.2, ms=4, label="trajectory")
            self.ax_.legend(loc="upper right", fontsize=8)
        self.ax_.plot(0, 0, "+", color="white", ms=10, mew=1.6)
        self.ax_.set_xlim(x[0], x[-1])
        self.ax_.set_ylim(y[0], y[-1])

    def _surface(self, shown: _Scaled, cmap: str) -> None:
        from matplotlib.ticker import FuncFormatter, MaxNLocator

        x, y = self.landscape.coordinates
        height = np.log10(np.maximum(shown.values, shown.low)) if shown.log else shown.values
        height = np.where(np.isfinite(shown.values), height, np.nan)
        with np.errstate(invalid="ignore"):
            self.artist_ = self.ax_.plot_surface(
                *np.meshgrid(x, y, indexing="ij"), height, cmap=cmap, linewidth=0, antialiased=True,
                rcount=min(len(x), 200), ccount=min(len(y), 200), vmin=np.nanmin(height), vmax=np.nanmax(height),
            )  # fmt: skip
        self.ax_.set_xlabel(self._axis_label(0))
        self.ax_.set_ylabel(self._axis_label(1))
        self.ax_.set_zlabel(shown.label)
        if shown.log:
            self.ax_.zaxis.set_major_locator(MaxNLocator(integer=True, nbins=6))
            self.ax_.zaxis.set_major_formatter(FuncFormatter(lambda v, _: f"$10^{{{v:.0f}}}$" if v == round(v) else ""))
        self.ax_.set_box_aspect(None, zoom=0.85)
        self.ax_.view_init(elev=35, azim=-60)

    def _bar(self, shown: _Scaled, artist: Any) -> None:
        from matplotlib.ticker import LogFormatterSciNotation, LogLocator, MaxNLocator

        self.colorbar_ = self.figure_.colorbar(artist, ax=self.ax_, label=shown.label)
        if shown.log:
            few = np.log10(shown.high / shown.low) < 2
            self.colorbar_.locator = LogLocator(10, subs=(1.0, 2.0, 5.0) if few else (1.0,))
            self.colorbar_.formatter = LogFormatterSciNotation(10, labelOnlyBase=not few, minor_thresholds=(9, 9))
            self.colorbar_.minorticks_off()
        else:
            self.colorbar_.locator = MaxNLocator(7)
        self.colorbar_.update_ticks()

    def _axis_label(self, j: int) -> str:
        found = self.landscape
        if found.eigenvalues is not None:
            return f"along eigenvector {j + 1},  λ = {found.eigenvalues[j]:.3g}"
        words = {"random": "random direction", "trajectory": "principal direction", "given": "direction"}
        return f"along {words[found.kind]} {j + 1}"

    def _title(self) -> str:
        found = self.landscape
        text = f"Loss around {found.center_value:.3g}"
        if found.explained is not None:
            text += f"\n{found.explained:.1%} of the trajectory's squared distance lies in the slice"
        return text


class _Scaled:
    """Values as they are drawn: on a linear scale, or on a logarithmic one over some decades."""

    def __init__(self, values: NDArray[np.float64], scale: str) -> None:
        finite = values[np.isfinite(values)]
        least = float(finite.min())
        self.offset = least if least < 0 else 0.0
        above = finite - self.offset
        positive = above[above > 0]
        # Single values near the minimum do not decide: 2 % of the points may lie below the scale.
        inner = float(np.quantile(positive, 0.02)) if positive.size else 1.0
        high = float(above.max())
        wide = positive.size > 0 and high > _WIDE * inner and (self.offset == 0 or scale == "log")
        self.log = (scale == "log" and positive.size > 0 and high > 0) or (scale == "auto" and wide)
        self.offset = self.offset if self.log else 0.0
        self.values = values - self.offset if self.log else values
        self.high = high if self.log else float(finite.max())
        self.low = max(min(float(positive.min()) * 2, inner), high / 10.0**_DECADES) if self.log else least
        self.label = "loss" if self.offset == 0 else f"loss + {-self.offset:.3g}"

    def levels(self, count: int) -> NDArray[np.float64]:
        """The limits of the colours, from low to high."""
        low, high = self.low, self.high
        if not low < high:
            return np.array([low - 0.5 * abs(low) - 0.5, high + 0.5 * abs(high) + 0.5])
        return np.asarray((np.geomspace if self.log else np.linspace)(low, high, count))

    def norm(self) -> Any:
        """matplotlib's norm for them."""
        from matplotlib.colors import LogNorm, Normalize

        return LogNorm(self.low, self.high) if self.log and self.low < self.high else Normalize(self.low, self.high)
