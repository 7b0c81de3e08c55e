"""Formation energies of charge states; one is given only if the checks behind it hold."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from ase.geometry import find_mic
from numpy.typing import NDArray

from analysis.charged.correction import correction, site_potentials
from analysis.charged.formation import formation_energy_eV, not_localised, transitions
from analysis.result_values import SitePotentialsValues
from analysis.results import Result, atoms_from_dict
from slabs.structure import electron_parity
from workflows.findings.findings import Findings
from workflows.findings.words import lost_moment, status_words
from workflows.recipes.charged_defects.planning import PlannedDefect
from workflows.recipes.charged_defects.reservoirs import Removed, removed_atoms
from workflows.recipes.charged_defects.rows import ChargedDefectRow, ChargeRow, TransitionRow
from workflows.study.charged_defects_table import ChargedDefectEntry, diagonal

#: Largest charge times the spread of the potential far from the defect, in eV.
PLATEAU_EV = 0.1
#: Cells whose vectors differ by less are the same.
SAME_CELL_A = 1e-3
#: The slope of the potential against that of the point charge may be off from 1 by so much, or by
#: so many standard errors: with a large permittivity both hardly change.
LARGEST_SLOPE_ERROR, SIGNIFICANT = 0.3, 3.0
#: The mean over fewer atoms says nothing.
FEWEST_FAR_ATOMS = 6
#: Numbers of electrons that differ by less are the same.
SAME_ELECTRONS = 1e-3


@dataclass(frozen=True, eq=False)
class Host:
    """The supercell without the defect.

    Parameters
    ----------
    energy_eV, fingerprint
        Its total energy and level of theory.
    values
        Potentials at its atoms, and its levels.
    atoms
        For each atom of the defective cell its number here.
    """

    energy_eV: float
    fingerprint: str
    values: SitePotentialsValues
    atoms: tuple[int, ...]

    @property
    def edges_eV(self) -> tuple[float, float]:
        """Valence-band maximum and conduction-band minimum."""
        assert self.values.vbm_eV is not None
        assert self.values.cbm_eV is not None
        return self.values.vbm_eV, self.values.cbm_eV

    @property
    def place_A(self) -> NDArray[np.float64]:
        """Middle of the atoms that the defect removes, shape=(3,)."""
        atoms = atoms_from_dict(self.values.structure)
        gone = sorted(set(range(len(atoms))) - set(self.atoms))
        first = atoms.positions[gone[0]]
        others = find_mic(atoms.positions[gone] - first, atoms.cell, pbc=True)[0]
        return np.asarray(first + others.mean(axis=0))

    @property
    def potentials_V(self) -> NDArray[np.float64]:
        """At the atoms of the defective cell, shape=(n,)."""
        return np.array(self.values.site_potentials_V)[list(self.atoms)]


@dataclass(frozen=True, eq=False)
class Case:
    """What all charge states of one defect have in common.

    Parameters
    ----------
    found
        What is known of the study.
    planned
        What the entry has planned.
    row
        The row without its states.
    host
        None while it is not known, for the reason in the status of the row.
    removed
        What the atoms that leave are worth.
    """

    found: Findings
    planned: PlannedDefect
    row: ChargedDefectRow
    host: Host | None
    removed: Removed


def charged_defect_row(
    found: Findings, entry: ChargedDefectEntry, planned: PlannedDefect
) -> ChargedDefectRow:
    """The charge states of one defect, as far as they are known."""
    removed = removed_atoms(found, entry, planned.removed)
    dielectric = entry.dielectric_constant
    state, item = found.states[planned.host_potentials], found.species[planned.host]
    host, values = None, None
    why = f"{planned.host}: {status_words(state.state, state.why)}"
    if state.result is not None and item.result is not None:
        values = state.result.checked(SitePotentialsValues)
        why = removed.missing or "done"
        if values.vbm_eV is None or values.cbm_eV is None:
            why = f"{planned.host} has no gap at its k-points"
        if why == "done":
            result = item.result
            host = Host(result.energy_eV, result.fingerprint, values, planned.atoms)
    fixed = entry.positions == "neutral"
    row = ChargedDefectRow(
        entry.species,
        planned.host,
        entry.positions,
        diagonal(dielectric.electronic if fixed else dielectric.static),
        dielectric.source,
        len(planned.atoms) + sum(planned.removed.values()),
        values.vbm_eV if values else None,
        values.cbm_eV if values else None,
        why,
        removed.words,
        (),
        (),
    )
    case = Case(found, planned, row, host, removed)
    charges = sorted({0, *entry.charges}, reverse=True)
    return with_transitions(replace(row, states=tuple(_state(case, each) for each in charges)))


def _state(case: Case, charge: int) -> ChargeRow:
    """A charge state, as far as it is known."""
    found, keys = case.found, case.planned.states[charge]
    if keys.energy is None:
        item = found.species[case.row.species]
        result, folder, status = item.result, item.folder, status_words(item.state, item.why)
    else:
        task = found.states[keys.energy]
        result, folder, status = task.result, task.folder, status_words(task.state, task.why)
    state = ChargeRow(charge, status, str(folder))
    if result is None:
        return state
    state = replace(state, magnetic_moment_muB=result.values.get("magnetic_moment_muB"))
    own, neutral = (found.states[case.planned.states[each].potentials] for each in (charge, 0))
    for which, each in (("", own), (" of the neutral defect", neutral)):
        if each.result is None:
            words = status_words(each.state, each.why)
            return replace(state, status=f"site potentials{which}: {words}")
    if case.host is None:
        return replace(state, status=case.row.status)
    assert own.result is not None
    assert neutral.result is not None
    values = own.result.checked(SitePotentialsValues)
    electrons = neutral.result.checked(SitePotentialsValues).valence_electrons - charge
    doubt = _not_comparable(case, case.host, values, result)
    if result.charge != charge or abs(values.valence_electrons - electrons) > SAME_ELECTRONS:
        doubt = (
            f"{values.valence_electrons:g} valence electrons, where the charge {charge:+d} leaves"
            f" {electrons:g}"
        )
    if doubt:
        return replace(state, status=f"refused: {doubt}")
    return _judged(case, case.host, state, values, result.energy_eV)


def _not_comparable(case: Case, host: Host, values: SitePotentialsValues, result: Result) -> str:
    """Why the energies or potentials of a charge state and of the host cannot be compared."""
    levels = {result.fingerprint, host.fingerprint, *case.removed.fingerprints}
    if len(levels) > 1:
        return f"{len(levels)} levels of theory"
    if values.grid != host.values.grid:
        return f"its grid is {values.grid}, that of {case.row.host} {host.values.grid}"
    cells = [atoms_from_dict(each.structure).cell.array for each in (values, host.values)]
    if np.abs(cells[0] - cells[1]).max() > SAME_CELL_A:
        return f"its cell is not that of {case.row.host}"
    return ""


def _judged(
    case: Case, host: Host, state: ChargeRow, values: SitePotentialsValues, energy_eV: float
) -> ChargeRow:
    """A charge state with its potentials and, if the checks hold, its formation energies."""
    atoms = atoms_from_dict(values.structure)
    charge, dielectric = state.charge, case.row.dielectric
    sites = site_potentials(
        atoms, host.place_A, charge, dielectric, (values.site_potentials_V, host.potentials_V)
    )
    slope, slope_error = sites.slope or (None, None)
    state = replace(
        state,
        offset_V=sites.offset_V,
        spread_V=sites.spread_V,
        slope=slope,
        slope_error=slope_error,
        far_atoms=int(sites.far.sum()),
        radius_A=sites.radius_A,
        distances_A=tuple(sites.distances_A.tolist()),
        changes_V=tuple(sites.changes_V.tolist()),
        model_V=tuple(sites.model_V.tolist()),
    )
    if sites.offset_V is None:
        words = f"no atom is more than {sites.radius_A:.2f} A from the defect and its images"
        return replace(state, status=f"refused: {words}; give a larger supercell")
    vbm_eV, cbm_eV = host.edges_eV
    # A higher potential lowers the levels of electrons.
    filled_eV, empty_eV = (
        level_eV + sites.offset_V for level_eV in (values.highest_filled_eV, values.lowest_empty_eV)
    )
    fixed = correction(atoms.cell.array, charge, dielectric, sites.offset_V)
    state = replace(
        state,
        highest_filled_eV=filled_eV - vbm_eV,
        lowest_empty_eV=empty_eV - vbm_eV,
        point_charge_eV=fixed.point_charge_eV,
        alignment_eV=fixed.alignment_eV,
    )
    shallow, words = not_localised(filled_eV, empty_eV, vbm_eV, cbm_eV)
    if shallow:
        return replace(state, shallow=shallow, status=f"refused: shallow {shallow}: {words}")
    doubt = _plateau_doubt(state)
    if doubt:
        return replace(state, status=doubt)

    unpaired = lost_moment(electron_parity(atoms, charge), state.magnetic_moment_muB)

    def energies_eV(fermi_level_eV: float, correction_eV: float) -> dict[str, float]:
        return {
            name: formation_energy_eV(
                energy_eV - host.energy_eV + mu_eV, charge, fermi_level_eV, correction_eV
            )
            for name, mu_eV in case.removed.energies_eV.items()
        }

    return replace(
        state,
        status="; ".join(filter(None, [state.status, unpaired])),
        at_vbm_eV=energies_eV(vbm_eV, fixed.total_eV),
        at_cbm_eV=energies_eV(cbm_eV, fixed.total_eV),
        uncorrected_at_vbm_eV=energies_eV(vbm_eV, 0.0),
    )


def _plateau_doubt(state: ChargeRow) -> str:
    """Why the alignment of a charge is not known; empty if it is, or without a charge."""
    charge, spread_V, far = state.charge, state.spread_V, state.far_atoms or 0
    if charge and far < FEWEST_FAR_ATOMS:
        return (
            f"refused: {far} atoms are more than {state.radius_A:.2f} A from the defect and its"
            f" images, fewer than {FEWEST_FAR_ATOMS}; give a larger supercell"
        )
    if charge and spread_V is not None and abs(charge) * spread_V > PLATEAU_EV:
        return (
            f"refused: far from the defect the potential varies by {spread_V:.2f} V beside that"
            f" of the point charge, more than {PLATEAU_EV / abs(charge):g} V; give a larger"
            " supercell"
        )
    slope, error = state.slope, state.slope_error
    if charge and slope is not None and error is not None:
        off = abs(slope - 1)
        if off > LARGEST_SLOPE_ERROR and off > SIGNIFICANT * error:
            return (
                f"refused: far from the defect the potential changes {slope:.2f} times as much as"
                " that of the point charge; give a larger supercell, or check the charge and"
                " dielectric_constant"
            )
    return ""


def with_transitions(row: ChargedDefectRow) -> ChargedDefectRow:
    """The row with the levels between its charge states."""
    known_eV, gap_eV = row.known_eV(next(iter(row.conditions), "")), row.gap_eV
    if gap_eV is None:
        return row
    made = []
    for each in transitions(known_eV):
        below_eV = gap_eV - each.level_eV
        words = "in the gap"
        if each.level_eV < 0:
            words = "below the VBM"
        elif below_eV < 0:
            words = "above the CBM"
        if not each.stable:
            words += "; another charge state is lower there"
        made.append(TransitionRow(each.charges, each.level_eV, below_eV, words))
    for low, high in pairwise(sorted(row.states, key=lambda state: state.charge)):
        shallow = {low.shallow, high.shallow}
        for kind, where in (("donor", "above the CBM"), ("acceptor", "below the VBM")):
            if kind in shallow:
                words = f"{where}: shallow {kind}"
                made.append(TransitionRow((high.charge, low.charge), None, None, words))
    return replace(row, transitions=tuple(made))
