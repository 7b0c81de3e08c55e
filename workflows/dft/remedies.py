"""What is tried, in this order, when the SCF cycle of a calculation does not converge.

No remedy changes what is converged to: functional, basis, k-points and smearing stay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gpaw import KohnShamConvergenceError

from workflows.task_file import Limits


@dataclass(frozen=True)
class Remedy:
    """Other settings of the SCF cycle.

    Parameters
    ----------
    name
        As it stands in the result.
    settings
        Arguments of GPAW.
    """

    name: str
    settings: Mapping[str, Any]


#: GPAW's own first step of the mixing, 0.05, leaves almost all of the error, and the second
#: one then often overshoots: 19 SCF iterations instead of 11 for methylamine on CsPbI3.
MIXING = {"beta": 0.25}
_PULAY = {"backend": "pulay", "beta": 0.05, "nmaxold": 8, "weight": 50}
_DAVIDSON = {"name": "davidson", "niter": 3}
REMEDIES = (
    Remedy("Pulay mixing with small steps", {"mixer": _PULAY}),
    Remedy("Davidson eigensolver", {"eigensolver": _DAVIDSON}),
    Remedy(
        "Davidson eigensolver, Pulay mixing with small steps and more bands",
        {"mixer": _PULAY, "eigensolver": _DAVIDSON, "nbands": "nao"},
    ),
)


def scf_settings(limits: Limits) -> Mapping[str, Any]:
    """Arguments of GPAW for the SCF cycle, changed by the remedy that is tried."""
    remedy = limits.get("remedy")
    mixing = {} if limits.get("plain_gpaw", False) else {"mixer": MIXING}
    return {**mixing, **({} if remedy is None else REMEDIES[remedy].settings)}


def with_remedies(compute: Callable[[Limits], dict[str, Any]], limits: Limits) -> dict[str, Any]:
    """Run a calculation, and again with each remedy until its SCF cycles converge.

    A relaxation goes on from its last ionic step.

    Parameters
    ----------
    compute
        The calculation, given its limits.
    limits
        Of the task.

    Returns
    -------
    dict
        Values of the result; ``scf_remedies`` names what was needed, if anything.

    Raises
    ------
    KohnShamConvergenceError
        If no remedy helps.
    """
    for tried, remedy in enumerate([None, *range(len(REMEDIES))]):
        try:
            values = compute(limits if remedy is None else {**limits, "remedy": remedy})
        except KohnShamConvergenceError:
            continue
        names = [each.name for each in REMEDIES[:tried]]
        return {**values, **({"scf_remedies": names} if names else {})}
    raise KohnShamConvergenceError(
        f"the SCF cycle did not converge, nor with {'; '.join(r.name for r in REMEDIES)}"
    )
