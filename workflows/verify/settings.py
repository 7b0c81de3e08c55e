"""What a verification calculates with: the other program and the cutoffs of both."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.codes.abinit import POTENTIAL_RESIDUAL
from workflows.codes.cp2k import EPS_SCF
from workflows.codes.cp2k_data import SIZES
from workflows.codes.programs import Program
from workflows.codes.registry import CODES
from workflows.codes.spec import CodeLevel
from workflows.study.errors import StudyError
from workflows.study.level import Level, installed_version

#: Cutoff of GPAW and ABINIT unless the study has a larger one: forces on N, O and H and the
#: double grid of ABINIT are not converged below.
LEAST_ECUT_EV = 500.0
#: Cutoff of ABINIT's double grid over that of its plane waves; GPAW's finer grids hold more.
FINE_RATIO = 2.2
#: CP2K: total energies of CH3NH2 and of a slab of CsPbI3 change by 0.03 and 0.01 meV from 400 to
#: 600 Ry, and by 4 and 0.02 meV from 300 to 400 Ry.
CUTOFF_RY, RELATIVE_CUTOFF_RY = 400.0, 60.0
BASIS = "TZV2P"


@dataclass(frozen=True)
class Settings:
    """What a verification calculates with; None stands for the default.

    Parameters
    ----------
    code
        A name of `workflows.codes.registry.CODES`.
    ecut_eV
        Plane-wave cutoff of GPAW, and of ABINIT.
    fine_ecut_eV
        Cutoff of the double grid of ABINIT.
    cutoff_Ry, relative_cutoff_Ry
        Cutoff of the density in CP2K, and of a Gaussian on its grid.
    basis
        Size of the basis sets in CP2K, one of `workflows.codes.cp2k_data.SIZES`.
    counterpoise
        Whether adsorption energies of CP2K are corrected for the superposition of basis sets.
    """

    code: str
    ecut_eV: float | None = None
    fine_ecut_eV: float | None = None
    cutoff_Ry: float | None = None
    relative_cutoff_Ry: float | None = None
    basis: str | None = None
    counterpoise: bool | None = None

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise StudyError(f"--code {self.code!r} is not allowed; allowed: {', '.join(CODES)}")
        for option, value, code in (
            ("--fine-ecut", self.fine_ecut_eV, "abinit"),
            ("--cutoff", self.cutoff_Ry, "cp2k"),
            ("--relative-cutoff", self.relative_cutoff_Ry, "cp2k"),
            ("--basis", self.basis, "cp2k"),
            ("--counterpoise", self.counterpoise, "cp2k"),
        ):
            if value is not None and code != self.code:
                raise StudyError(f"{option}: is an option of --code {code}, not of {self.code}")
        for option, value, least, most, unit in (
            ("--ecut", self.ecut_eV, 150, 2000, "eV"),
            ("--fine-ecut", self.fine_ecut_eV, 150, 8000, "eV"),
            ("--cutoff", self.cutoff_Ry, 100, 3000, "Ry"),
            ("--relative-cutoff", self.relative_cutoff_Ry, 20, 300, "Ry"),
        ):
            if value is not None and not least <= value <= most:
                raise StudyError(f"{option} {value:g}: must be {least} to {most} {unit}")
        if self.basis is not None and self.basis not in SIZES:
            raise StudyError(f"--basis {self.basis!r} is not allowed; allowed: {', '.join(SIZES)}")

    @property
    def program(self) -> Program:
        """The other program."""
        return CODES[self.code].program

    @property
    def corrected(self) -> bool:
        """Whether there are counterpoise corrections; plane waves need none."""
        return self.code == "cp2k" and self.counterpoise is not False

    def gpaw_level(self, level: Level) -> Level:
        """The level of GPAW: that of the study in the convention that both programs share.

        The cutoff is raised to `LEAST_ECUT_EV`; the SCF tolerances are those of the level
        'production' where its own are larger.
        """
        return level.model_copy(
            update={
                "name": f"{level.name}, to be verified",
                "ecut_eV": self.ecut_eV or max(level.ecut_eV, LEAST_ECUT_EV),
                "dispersion": "none",
                "dipole_correction": False,
                "scf_energy_eV": min(level.scf_energy_eV, 1e-5),
                "scf_density": min(level.scf_density, 1e-5),
                "scf_eigenstates_eV2": min(level.scf_eigenstates_eV2, 1e-8),
            }
        )

    def code_level(self, level: Level, version: str) -> CodeLevel:
        """The level of the other program.

        Parameters
        ----------
        level
            See `gpaw_level`.
        version
            Of the program.

        Raises
        ------
        StudyError
            If the program does not have the functional.
        """
        program = self.program
        if level.functional not in program.functionals:
            raise StudyError(
                f"{program.name}: {level.functional} has no potentials here; functionals of"
                f" --code {self.code}: {', '.join(program.functionals)}"
            )
        if self.code == "abinit":
            fine_ecut_eV = self.fine_ecut_eV or round(FINE_RATIO * level.ecut_eV, 6)
            if fine_ecut_eV < level.ecut_eV:
                raise StudyError(
                    f"--fine-ecut {fine_ecut_eV:g}: must be at least the cutoff of the plane waves,"
                    f" {level.ecut_eV:g} eV"
                )
            return {
                "code": "abinit",
                "functional": level.functional,
                "smearing_eV": level.smearing_eV,
                "ecut_eV": level.ecut_eV,
                "fine_ecut_eV": fine_ecut_eV,
                "scf": POTENTIAL_RESIDUAL,
                "codes": {"abinit": version, "gpaw-data": installed_version("gpaw-data")},
            }
        return {
            "code": "cp2k",
            "functional": level.functional,
            "smearing_eV": level.smearing_eV,
            "cutoff_Ry": self.cutoff_Ry or CUTOFF_RY,
            "relative_cutoff_Ry": self.relative_cutoff_Ry or RELATIVE_CUTOFF_RY,
            "basis": self.basis or BASIS,
            "scf": EPS_SCF,
            "codes": {"cp2k": version},
        }
