"""Works that a study cites, as text and as BibTeX."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """An article.

    Parameters
    ----------
    key
        Of the BibTeX entry.
    authors
        Family name and initials of each, in BibTeX's order, letters as in TeX.
    title, journal, volume, pages, year, doi
        As printed; letters of the title as in TeX.
    """

    key: str
    authors: tuple[str, ...]
    title: str
    journal: str
    volume: str
    pages: str
    year: int
    doi: str

    @property
    def text(self) -> str:
        """One line for a list of references."""
        first = _plain(self.authors[0]).split(", ")
        name = f"{first[1]} {first[0]}"
        if len(self.authors) == 2:
            second = _plain(self.authors[1]).split(", ")
            name = f"{name} and {second[1]} {second[0]}"
        elif len(self.authors) > 2 or self.authors[-1] == "others":
            name = f"{name} et al."
        return f"{name}, {self.journal} {self.volume}, {self.pages} ({self.year})"

    @property
    def bibtex(self) -> str:
        """The entry."""
        fields = {
            "author": " and ".join(self.authors),
            "title": f"{{{self.title}}}",
            "journal": self.journal,
            "volume": self.volume,
            "pages": self.pages,
            "year": str(self.year),
            "doi": self.doi,
        }
        lines = [f"  {name} = {{{value}}}," for name, value in fields.items()]
        return "\n".join([f"@article{{{self.key},", *lines, "}"])


#: Letters that TeX spells out.
_LETTERS = {r"{\'o}": "ó", r"{\"o}": "ö", r"{\o}": "ø", r"{\"O}": "Ö", r"{\`a}": "à"}


def _plain(text: str) -> str:
    for tex, letter in _LETTERS.items():
        text = text.replace(tex, letter)
    return text


GPAW = Reference(
    "mortensen2024gpaw",
    ("Mortensen, J. J.", "Larsen, A. H.", "Kuisma, M.", "others"),
    "{GPAW}: An open {Python} package for electronic structure calculations",
    "J. Chem. Phys.", "160", "092503", 2024, "10.1063/5.0182685",
)  # fmt: skip
ASE = Reference(
    "larsen2017ase",
    ("Hjorth Larsen, A.", "Mortensen, J. J.", "Blomqvist, J.", "others"),
    "The atomic simulation environment -- a {Python} library for working with atoms",
    "J. Phys.: Condens. Matter", "29", "273002", 2017, "10.1088/1361-648X/aa680e",
)  # fmt: skip
PAW = Reference(
    "bloechl1994paw", (r"Bl{\"o}chl, P. E.",), "Projector augmented-wave method",
    "Phys. Rev. B", "50", "17953", 1994, "10.1103/PhysRevB.50.17953",
)  # fmt: skip
LIBXC = Reference(
    "lehtola2018libxc",
    ("Lehtola, S.", "Steigemann, C.", "Oliveira, M. J. T.", "Marques, M. A. L."),
    "Recent developments in libxc -- A comprehensive library of functionals for density"
    " functional theory",
    "SoftwareX", "7", "1", 2018, "10.1016/j.softx.2017.11.002",
)  # fmt: skip
DIPOLE = Reference(
    "bengtsson1999dipole", ("Bengtsson, L.",),
    "Dipole correction for surface supercell calculations",
    "Phys. Rev. B", "59", "12301", 1999, "10.1103/PhysRevB.59.12301",
)  # fmt: skip
CLIMBING_IMAGE = Reference(
    "henkelman2000climbing", ("Henkelman, G.", "Uberuaga, B. P.", "J{\\'o}nsson, H."),
    "A climbing image nudged elastic band method for finding saddle points and minimum energy"
    " paths",
    "J. Chem. Phys.", "113", "9901", 2000, "10.1063/1.1329672",
)  # fmt: skip
IDPP = Reference(
    "smidstrup2014idpp",
    ("Smidstrup, S.", "Pedersen, A.", "Stokbro, K.", "J{\\'o}nsson, H."),
    "Improved initial guess for minimum energy path calculations",
    "J. Chem. Phys.", "140", "214106", 2014, "10.1063/1.4878664",
)  # fmt: skip
SPIN_ORBIT = Reference(
    "olsen2016spinorbit", ("Olsen, T.",),
    "Designing in-plane heterostructures of quantum spin {Hall} insulators from first principles:"
    " {1T'-MoS$_2$} with adsorbates",
    "Phys. Rev. B", "94", "235106", 2016, "10.1103/PhysRevB.94.235106",
)  # fmt: skip
RAISED = Reference(
    "ribeiro2011quasiharmonic",
    ("Ribeiro, R. F.", "Marenich, A. V.", "Cramer, C. J.", "Truhlar, D. G."),
    "Use of solution-phase vibrational frequencies in continuum models for the free energy of"
    " solvation",
    "J. Phys. Chem. B", "115", "14556", 2011, "10.1021/jp205508z",
)  # fmt: skip
FREE_ROTOR = Reference(
    "grimme2012rrho", ("Grimme, S.",),
    "Supramolecular binding thermodynamics by dispersion-corrected density functional theory",
    "Chem. Eur. J.", "18", "9955", 2012, "10.1002/chem.201200497",
)  # fmt: skip
HINDERED = Reference(
    "sprowl2016hindered",
    ("Sprowl, L. H.", "Campbell, C. T.", r"{\'A}rnad{\'o}ttir, L."),
    "Hindered translator and hindered rotor models for adsorbates: partition functions and"
    " entropies",
    "J. Phys. Chem. C", "120", "9719", 2016, "10.1021/acs.jpcc.5b11616",
)  # fmt: skip
CHARGED = Reference(
    "kumagai2014charged", ("Kumagai, Y.", "Oba, F."),
    "Electrostatics-based finite-size corrections for first-principles point defect calculations",
    "Phys. Rev. B", "89", "195205", 2014, "10.1103/PhysRevB.89.195205",
)  # fmt: skip
PYMATGEN = Reference(
    "ong2013pymatgen",
    ("Ong, S. P.", "Richards, W. D.", "Jain, A.", "others"),
    "{Python} Materials Genomics (pymatgen): A robust, open-source python library for materials"
    " analysis",
    "Comput. Mater. Sci.", "68", "314", 2013, "10.1016/j.commatsci.2012.10.028",
)  # fmt: skip
#: By functional.
FUNCTIONALS = {
    "PBE": (
        Reference(
            "perdew1996pbe", ("Perdew, J. P.", "Burke, K.", "Ernzerhof, M."),
            "Generalized gradient approximation made simple",
            "Phys. Rev. Lett.", "77", "3865", 1996, "10.1103/PhysRevLett.77.3865",
        ),
    ),
    "PBEsol": (
        Reference(
            "perdew2008pbesol", ("Perdew, J. P.", "Ruzsinszky, A.", "Csonka, G. I.", "others"),
            "Restoring the density-gradient expansion for exchange in solids and surfaces",
            "Phys. Rev. Lett.", "100", "136406", 2008, "10.1103/PhysRevLett.100.136406",
        ),
    ),
    "RPBE": (
        Reference(
            "hammer1999rpbe", ("Hammer, B.", "Hansen, L. B.", r"N{\o}rskov, J. K."),
            "Improved adsorption energetics within density-functional theory using revised"
            " {Perdew-Burke-Ernzerhof} functionals",
            "Phys. Rev. B", "59", "7413", 1999, "10.1103/PhysRevB.59.7413",
        ),
    ),
    "BEEF-vdW": (
        Reference(
            "wellendorff2012beef", ("Wellendorff, J.", "Lundgaard, K. T.", "others"),
            "Density functionals for surface science: Exchange-correlation model development with"
            " {Bayesian} error estimation",
            "Phys. Rev. B", "85", "235149", 2012, "10.1103/PhysRevB.85.235149",
        ),
    ),
    "HSE06": (
        Reference(
            "heyd2003hse", ("Heyd, J.", "Scuseria, G. E.", "Ernzerhof, M."),
            "Hybrid functionals based on a screened {Coulomb} potential",
            "J. Chem. Phys.", "118", "8207", 2003, "10.1063/1.1564060",
        ),
        Reference(
            "krukau2006hse06", ("Krukau, A. V.", "Vydrov, O. A.", "Izmaylov, A. F.", "others"),
            "Influence of the exchange screening parameter on the performance of screened hybrid"
            " functionals",
            "J. Chem. Phys.", "125", "224106", 2006, "10.1063/1.2404663",
        ),
    ),
}  # fmt: skip
#: By machine-learned potential.
POTENTIALS = {
    "7net-0": Reference(
        "park2024sevennet", ("Park, Y.", "Kim, J.", "Hwang, S.", "Han, S."),
        "Scalable parallel algorithm for graph neural network interatomic potentials in molecular"
        " dynamics simulations",
        "J. Chem. Theory Comput.", "20", "4857", 2024, "10.1021/acs.jctc.4c00190",
    ),
}  # fmt: skip
#: By dispersion correction.
DISPERSION = {
    "none": (),
    "D3(BJ)": (
        Reference(
            "grimme2010d3", ("Grimme, S.", "Antony, J.", "Ehrlich, S.", "Krieg, H."),
            "A consistent and accurate ab initio parametrization of density functional dispersion"
            " correction ({DFT-D}) for the 94 elements {H-Pu}",
            "J. Chem. Phys.", "132", "154104", 2010, "10.1063/1.3382344",
        ),
        Reference(
            "grimme2011bj", ("Grimme, S.", "Ehrlich, S.", "Goerigk, L."),
            "Effect of the damping function in dispersion corrected density functional theory",
            "J. Comput. Chem.", "32", "1456", 2011, "10.1002/jcc.21759",
        ),
    ),
    "D4": (
        Reference(
            "caldeweyher2019d4", ("Caldeweyher, E.", "Ehlert, S.", "Hansen, A.", "others"),
            "A generally applicable atomic-charge dependent {London} dispersion correction",
            "J. Chem. Phys.", "150", "154122", 2019, "10.1063/1.5090222",
        ),
    ),
}  # fmt: skip
