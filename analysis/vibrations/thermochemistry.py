"""Thermal parts of free energies from harmonic modes, by `ase.thermochemistry`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from ase import Atoms, units
from ase.thermochemistry import (
    HarmonicMode,
    HarmonicThermo,
    HinderedThermo,
    IdealGasThermo,
    QuasiHarmonicThermo,
    RRHOMode,
)

from analysis.vibrations.modes import LOW_PER_CM, Floats
from analysis.vibrations.molecules import Rotor

#: How low modes are treated, by name.
TREATMENTS = {
    "raised": "modes below a limit count as modes at that limit, imaginary ones too (Ribeiro et"
    " al., J. Phys. Chem. B 115, 14556 (2011))",
    "free-rotor": "the entropy of low modes goes over into that of a free rotor, imaginary ones"
    " count by their magnitude (Grimme, Chem. Eur. J. 18, 9955 (2012))",
    "harmonic": "all modes as they are, imaginary ones left out",
}
#: Mean moment of inertia of the free rotors, 1e-44 kg m^2, the same for all species.
ROTOR_AMU_A2 = 1e-44 / (units._amu * 1e-20)
#: Where half of the entropy of a mode is that of a free rotor, of Grimme's paper.
ROTOR_PER_CM = 100.0
J_PER_MOL_K = units.mol / units.J


@dataclass(frozen=True)
class Thermal:
    """What temperature and zero-point motion add to the electronic energy of one species.

    Parameters
    ----------
    zero_point_eV
        Zero-point energy.
    heat_eV
        H(T) - H(0), with p V of a gas.
    entropy_eV_per_K
        Entropy.
    temperature_K
        Temperature.
    low_modes_eV
        Part of `correction_eV` that comes from modes below `LOW_PER_CM`, imaginary ones
        included as far as they count.
    low_entropy_eV_per_K
        Their part of the entropy.
    left_out
        Number of imaginary modes that do not count.
    """

    zero_point_eV: float
    heat_eV: float
    entropy_eV_per_K: float
    temperature_K: float
    low_modes_eV: float = 0.0
    low_entropy_eV_per_K: float = 0.0
    left_out: int = 0

    @property
    def correction_eV(self) -> float:
        """Free energy minus electronic energy: zero point + heat - T S."""
        return self.zero_point_eV + self.heat_eV - self.temperature_K * self.entropy_eV_per_K

    @property
    def entropy_J_per_mol_K(self) -> float:
        """Entropy in J/(mol K)."""
        return self.entropy_eV_per_K * J_PER_MOL_K

    @property
    def low_share(self) -> float | None:
        """Share of the modes below `LOW_PER_CM` in the entropy; None if that vanishes."""
        if self.entropy_eV_per_K == 0.0:
            return None
        return self.low_entropy_eV_per_K / self.entropy_eV_per_K

    def times(self, factor: float) -> Thermal:
        """A multiple of it, negative for reactants."""
        return Thermal(
            factor * self.zero_point_eV,
            factor * self.heat_eV,
            factor * self.entropy_eV_per_K,
            self.temperature_K,
            factor * self.low_modes_eV,
            factor * self.low_entropy_eV_per_K,
            self.left_out,
        )

    def plus(self, other: Thermal) -> Thermal:
        """The sum of independent motions."""
        return Thermal(
            self.zero_point_eV + other.zero_point_eV,
            self.heat_eV + other.heat_eV,
            self.entropy_eV_per_K + other.entropy_eV_per_K,
            self.temperature_K,
            self.low_modes_eV + other.low_modes_eV,
            self.low_entropy_eV_per_K + other.low_entropy_eV_per_K,
            self.left_out + other.left_out,
        )


def vibrational(
    energies_eV: Floats, temperature_K: float, treatment: str, limit_per_cm: float = LOW_PER_CM
) -> Thermal:
    """Thermal part of independent modes.

    Parameters
    ----------
    energies_eV
        Of the modes, negative for imaginary ones, shape=(n,).
    temperature_K
        Temperature.
    treatment
        One of `TREATMENTS`.
    limit_per_cm
        To which low modes are raised, with ``"raised"``.
    """
    limit_eV = limit_per_cm * units.invcm
    imaginary = energies_eV < 0
    counted = energies_eV
    if treatment == "harmonic":
        counted = energies_eV[~imaginary]
    low = counted < LOW_PER_CM * units.invcm
    if not len(counted):
        return Thermal(0.0, 0.0, 0.0, temperature_K, left_out=int(imaginary.sum()))
    modes = _modes(counted, treatment, limit_eV)
    zero, internal, entropy = (
        np.array(each)
        for each in zip(
            *(
                (
                    mode.get_ZPE_correction(),
                    mode.get_internal_energy(temperature_K, contributions=False),
                    mode.get_entropy(temperature_K, contributions=False),
                )
                for mode in modes
            ),
            strict=True,
        )
    )
    free = internal - temperature_K * entropy
    return Thermal(
        float(zero.sum()),
        float((internal - zero).sum()),
        float(entropy.sum()),
        temperature_K,
        float(free[low].sum()),
        float(entropy[low].sum()),
        len(energies_eV) - len(counted),
    )


def _modes(energies_eV: Floats, treatment: str, limit_eV: float) -> Sequence[HarmonicMode]:
    if treatment == "free-rotor":
        return [RRHOMode(abs(e), ROTOR_AMU_A2, tau=ROTOR_PER_CM) for e in energies_eV.tolist()]
    if treatment == "harmonic":
        return cast(Sequence[HarmonicMode], HarmonicThermo(energies_eV.tolist()).modes)
    positive = np.where(energies_eV < 0, limit_eV, energies_eV).tolist()
    return cast(Sequence[HarmonicMode], QuasiHarmonicThermo(positive, raise_to=limit_eV).modes)


def ideal_gas(
    atoms: Atoms, rotor: Rotor, unpaired: int, temperature_K: float, pressure_bar: float
) -> Thermal:
    """Translation, rotation and spin of a molecule of an ideal gas, without its modes.

    Parameters
    ----------
    atoms
        The molecule; its cell is ignored.
    rotor
        Its shape and symmetry.
    unpaired
        Number of unpaired electrons.
    temperature_K, pressure_bar
        Conditions.
    """
    alone = Atoms(atoms.numbers, atoms.positions)
    thermo = IdealGasThermo(
        [], rotor.geometry, atoms=alone, symmetrynumber=rotor.symmetry_number,
        spin=unpaired / 2, vib_selection="all",
    )  # fmt: skip
    entropy = thermo.get_entropy(temperature_K, pressure_bar * 1e5, verbose=False)
    heat_eV = thermo.get_enthalpy(temperature_K, verbose=False)
    return Thermal(0.0, float(heat_eV), float(entropy), temperature_K)


def pressure_of_bar(concentration_M: float, temperature_K: float) -> float:
    """Pressure in bar of an ideal gas of a concentration in mol/l; 24.79 for 1 M at 298.15 K."""
    return float(concentration_M * 1e3 * units._Nav * units._k * temperature_K / 1e5)


@dataclass(frozen=True)
class HinderedSettings:
    """Barriers of a ligand on its surface.

    Parameters
    ----------
    translation_barrier_eV, rotation_barrier_eV
        To the next site, and about the normal.
    rotation_minima
        Equal minima of a full turn.
    site_area_A2
        Area of the surface per site.
    """

    translation_barrier_eV: float
    rotation_barrier_eV: float
    rotation_minima: int
    site_area_A2: float


def hindered(part: Atoms, settings: HinderedSettings, temperature_K: float) -> Thermal:
    """Two hindered translations and one hindered rotation of a ligand on a surface.

    Sprowl, Campbell and Arnadottir, J. Phys. Chem. C 120, 9719 (2016), as ASE has it, with the
    standard concentration of their two-dimensional gas. They replace three of the modes.

    Parameters
    ----------
    part
        The atoms of the ligand, not cut by the boundary of the cell.
    settings
        Barriers.
    temperature_K
        Temperature.
    """
    placeholder_eV = 0.1  # ASE needs a fourth mode; its part is taken out again
    thermo = HinderedThermo(
        [0.0, 0.0, 0.0, placeholder_eV],
        settings.translation_barrier_eV,
        settings.rotation_barrier_eV,
        1e16 / settings.site_area_A2,
        settings.rotation_minima,
        mass=float(part.get_masses().sum()),
        inertia=inertia_about_normal_amu_A2(part),
    )
    mode = HarmonicMode(placeholder_eV)
    zero_point = thermo.get_zero_point_energy(verbose=False) - mode.get_ZPE_correction()
    internal = thermo.get_internal_energy(temperature_K, verbose=False)
    internal -= mode.get_internal_energy(temperature_K, contributions=False)
    entropy = thermo.get_entropy(temperature_K, verbose=False)
    entropy -= mode.get_entropy(temperature_K, contributions=False)
    return Thermal(float(zero_point), float(internal - zero_point), float(entropy), temperature_K)


def inertia_about_normal_amu_A2(part: Atoms) -> float:
    """Moment of inertia about the z axis through the centre of mass, in amu angstrom^2."""
    places = part.positions - part.get_center_of_mass()
    return float((part.get_masses() * (places[:, :2] ** 2).sum(axis=1)).sum())


def hindered_motions(part: Atoms) -> Floats:
    """The motions that `hindered` replaces: translations along x and y, rotation about z.

    Returns
    -------
    array, shape=(3 n, 3)
        Mass-weighted and orthonormal.
    """
    roots = np.sqrt(part.get_masses())[:, np.newaxis]
    places = part.positions - part.get_center_of_mass()
    columns = [roots * np.eye(3)[0], roots * np.eye(3)[1], roots * np.cross([0, 0, 1.0], places)]
    return np.asarray(np.linalg.qr(np.array([c.ravel() for c in columns]).T)[0])
