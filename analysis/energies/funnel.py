"""Whether a screening at a cheap level may have left the lowest minimum behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class FunnelCheck:
    """What the promoted candidates say about those that were left behind.

    Parameters
    ----------
    margin_eV
        Screening energy of the lowest candidate left behind minus that of the lowest of all;
        None if none was left behind.
    largest_change_eV
        Largest change of the energy difference between two promoted candidates, from the
        screening to the level of the study; None with fewer than two.
    rank_correlation
        Spearman's, of the promoted candidates: +1 for the same order, -1 for the opposite one.
    sufficient
        True if the margin exceeds the largest change, or if none was left behind: no candidate
        left behind whose energy changes like theirs can be lower than the lowest of them. None
        if nothing is known of the changes.
    """

    margin_eV: float | None
    largest_change_eV: float | None
    rank_correlation: float | None
    sufficient: bool | None


def funnel_check(
    screened_eV: Sequence[float], final_eV: Sequence[float], left_behind_eV: Sequence[float]
) -> FunnelCheck:
    """Compare the margin of a screening with its error.

    Parameters
    ----------
    screened_eV
        Screening energies of promoted candidates, relative to the lowest of all candidates.
    final_eV
        Their energies at the level of the study, in the same order.
    left_behind_eV
        Screening energies of the others, relative to the same.
    """
    margin = min(left_behind_eV, default=None)
    if len(screened_eV) < 2:
        return FunnelCheck(margin, None, None, True if margin is None else None)
    change = float(np.ptp(np.subtract(final_eV, screened_eV)))
    return FunnelCheck(
        margin, change, _spearman(screened_eV, final_eV), margin is None or margin > change
    )


def _spearman(one: Sequence[float], other: Sequence[float]) -> float:
    first, second = (np.argsort(np.argsort(values, kind="stable")) for values in (one, other))
    count = len(one)
    return float(1 - 6 * np.sum((first - second) ** 2) / (count * (count**2 - 1)))
