"""Distributions as functions: what a table of quantiles needs to know of each."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sim.distributions import Distribution, canonical

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Law:
    """A distribution as functions: `below(x)` is P(X <= x), `partial(x)` is E[X; X <= x]."""

    quantile: Callable[[Floats], Floats]
    below: Callable[[Floats], Floats]
    partial: Callable[[Floats], Floats]
    mean: float


def _pieces(rows: list[list[float]]) -> Law:
    """Uniform inside each piece; a piece without width is an atom."""
    low, high, share = np.array(rows, dtype=np.float64).T
    share = share / share.sum()
    low, high, share = low[share > 0], high[share > 0], share[share > 0]
    ends = np.concatenate([[0.0], np.cumsum(share)])
    ends[-1] = 1.0
    width = np.maximum(high - low, 1e-300)
    middle = (low + high) / 2

    def quantile(u: Floats) -> Floats:
        piece = np.clip(np.searchsorted(ends, u, side="left") - 1, 0, len(share) - 1)
        inside = (u - ends[piece]) / share[piece]
        return low[piece] + (high[piece] - low[piece]) * np.clip(inside, 0.0, 1.0)

    def inside_of(x: Floats) -> Floats:
        position = np.clip((x[:, None] - low) / width, 0.0, 1.0)
        return np.where(high > low, position, x[:, None] >= low)

    def below(x: Floats) -> Floats:
        return inside_of(x) @ share

    def partial(x: Floats) -> Floats:
        inside = inside_of(x)
        return (inside * (low + (high - low) * inside / 2)) @ share

    return Law(quantile, below, partial, float(middle @ share))


def _triangular(low: float, mode: float, high: float) -> Law:
    if low == high:
        return _pieces([[low, high, 1.0]])
    width = high - low
    rise = (mode - low) / width

    def quantile(u: Floats) -> Floats:
        left = low + np.sqrt(u * width * (mode - low))
        right = high - np.sqrt((1 - u) * width * (high - mode))
        return np.where(u < rise, left, right)

    def below(x: Floats) -> Floats:
        x = np.clip(x, low, high)
        left = (x - low) ** 2 / (width * max(mode - low, 1e-300))
        right = 1 - (high - x) ** 2 / (width * max(high - mode, 1e-300))
        return np.where(x < mode, left, right)

    mean = (low + mode + high) / 3

    def partial(x: Floats) -> Floats:
        x = np.clip(x, low, high)
        left = (x - low) ** 2 * (2 * x + low) / 3 / (width * max(mode - low, 1e-300))
        right = mean - (high - x) ** 2 * (2 * x + high) / 3 / (width * max(high - mode, 1e-300))
        return np.where(x < mode, left, right)

    return Law(quantile, below, partial, mean)


def _weibull(mean: float, shape: float) -> Law:
    scale = mean / special.gamma(1 + 1 / shape)
    return Law(
        lambda u: scale * (-special.log1p(-u)) ** (1 / shape),
        lambda x: -np.expm1(-((x / scale) ** shape)),
        lambda x: mean * special.gammainc(1 + 1 / shape, (x / scale) ** shape),
        mean,
    )


def _lognormal(median: float, sigma: float) -> Law:
    mean = median * math.exp(sigma**2 / 2)

    def score(x: Floats) -> Floats:
        return np.log(np.maximum(x, 1e-300) / median) / sigma

    return Law(
        lambda u: median * np.exp(sigma * special.ndtri(u)),
        lambda x: special.ndtr(score(x)),
        lambda x: mean * special.ndtr(score(x) - sigma),
        mean,
    )


def _gamma(mean: float, sd: float) -> Law:
    shape = (mean / sd) ** 2
    scale = mean / shape
    return Law(
        lambda u: scale * special.gammaincinv(shape, u),
        lambda x: special.gammainc(shape, x / scale),
        lambda x: mean * special.gammainc(shape + 1, x / scale),
        mean,
    )


def _mixture(parts: list[Distribution], cells: int = 2048) -> Law:
    shares = [part["share"] for part in parts]
    laws = [law({key: value for key, value in part.items() if key != "share"}) for part in parts]
    total = math.fsum(shares)
    weighed = [(share / total, one) for share, one in zip(shares, laws, strict=True) if share > 0]

    def below(x: Floats) -> Floats:
        return sum((share * one.below(x) for share, one in weighed), np.zeros_like(x))

    def partial(x: Floats) -> Floats:
        return sum((share * one.partial(x) for share, one in weighed), np.zeros_like(x))

    def quantile(u: Floats) -> Floats:
        # Inverted on a grid of the parts' own quantiles; a point just before each makes an atom a jump.
        fine = np.concatenate([np.arange(cells) / cells, 1 - 2.0 ** -np.arange(12, 40)])
        points = np.unique(np.concatenate([one.quantile(fine) for _, one in weighed]))
        points = np.unique(np.concatenate([points, np.nextafter(points, 0.0)]))
        found = np.interp(u, np.maximum.accumulate(below(points)), points)
        lowest = min(float(one.quantile(np.zeros(1))[0]) for _, one in weighed)
        highest = max(float(one.quantile(np.ones(1))[0]) for _, one in weighed)
        return np.where(u <= 0, lowest, np.where(u >= 1, highest, found))

    return Law(quantile, below, partial, math.fsum(share * one.mean for share, one in weighed))


def law(dist: object) -> Law:
    """The functions of a distribution. Raises ValueError, in words, if it is wrong."""
    name, given = next(iter(canonical(dist).items()))
    if name == "fixed":
        return _pieces([[given, given, 1.0]])
    if name == "uniform":
        return _pieces([[given[0], given[1], 1.0]])
    if name == "exponential":
        return _weibull(given["mean"], 1.0)
    if name == "lognormal":
        return _lognormal(given["median"], given["sigma"])
    if name == "gamma":
        return _gamma(given["mean"], given["sd"])
    if name == "weibull":
        return _weibull(given["mean"], given["shape"])
    if name == "triangular":
        return _triangular(*given)
    return _mixture(given) if name == "mixture" else _pieces(given)


def mean(dist: object) -> float:
    """The exact mean of a distribution, before any largest duration is applied."""
    return law(dist).mean
