"""What must hold for every slab, placement and vacancy, whatever is asked for."""

from functools import cache
from itertools import product

import numpy as np
from ase.data import covalent_radii
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from slabs.adsorption.adsorb import adsorb
from slabs.adsorption.placement import Adsorbate
from slabs.adsorption.poses import Search
from slabs.crystals.perovskite import perovskite
from slabs.errors import InputError
from slabs.ligands.ligand import make_ligand
from slabs.structure import Structure
from slabs.surfaces.defects import SPIN_SEEDS, STARTS, DefectStart, remove_atom
from slabs.surfaces.slab import build_slab
from slabs.surfaces.vacancies import DEPTHS, distinct_vacancies

# Van der Waals radii in angstrom: Bondi (1964), Mantina et al. (2009).
VDW_A = {"H": 1.20, "C": 1.70, "N": 1.55, "O": 1.52, "Cl": 1.75, "Br": 1.85, "I": 1.98,
         "Ge": 2.11, "Sn": 2.17, "Pb": 2.02, "Rb": 3.03, "Cs": 3.43}  # fmt: skip
# Radii of ions in angstrom: Shannon (1976).
ION_A = {"Cs": 1.67, "Rb": 1.52, "N": 1.46, "O": 1.40}
CLASH = 0.65
# Formula, its ions A, B and X, and lattice constants where none are tabulated.
MATERIALS = {
    "CsPbI3": ("Cs", "Pb", "I", None),
    "CsPbBr3": ("Cs", "Pb", "Br", None),
    "CsPbCl3": ("Cs", "Pb", "Cl", None),
    "CsSnI3": ("Cs", "Sn", "I", None),
    "RbGeI3": ("Rb", "Ge", "I", None),
    "MAPbI3": ("MA", "Pb", "I", None),
    "FAPbBr3": ("FA", "Pb", "Br", None),
    "GASnI3": ("GA", "Sn", "I", [6.4]),
}
CATIONS = {
    "Cs": {"Cs": 1},
    "Rb": {"Rb": 1},
    "MA": {"C": 1, "N": 1, "H": 6},
    "FA": {"C": 1, "N": 2, "H": 5},
    "GA": {"C": 1, "N": 3, "H": 6},
}
UNITS_PER_LAYER = {"alpha": 1, "beta": 2, "gamma": 2}
CELLS = {(1, 1): 1, (2, 1): 2, (1, 2): 2, (2, 2): 4, "sqrt2xsqrt2": 2}
# Name and charge state, and the composition of the ligand.
LIGANDS = {
    ("MA", "neutral"): {"C": 1, "N": 1, "H": 5},
    ("MA", "cation"): {"C": 1, "N": 1, "H": 6},
    ("BA", "neutral"): {"C": 4, "N": 1, "H": 11},
    ("GA", "cation"): {"C": 1, "N": 3, "H": 6},
    ("FA", "cation"): {"C": 1, "N": 2, "H": 5},
    ("AcOH", "neutral"): {"C": 2, "O": 2, "H": 4},
    ("AcOH", "anion"): {"C": 2, "O": 2, "H": 3},
}
SITES_OF = ["metal-top", "hollow", "A-site", "X-site", "bridge", "three-fold", "X-top", "A-top"]
COUNTER_IONS = {"neutral": (None,), "cation": (None, "I", "Br"), "anion": (None, "Cs", "H")}


def examples(count):
    """The same examples in every run, as many as given, however slow one is."""
    return settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


def sensible(request):
    """Three in four requests for layers that fit together."""
    if request.pop("sensible"):
        request["equal"] = request["layers"] % 2 == 1
        request["frozen_layers"] %= request["layers"]
        if request["sides"] == "two":
            request["frozen_layers"] -= (request["layers"] - request["frozen_layers"]) % 2
            request["frozen_layers"] = max(0, request["frozen_layers"])
    return request


requests = st.fixed_dictionaries(
    {
        "material": st.sampled_from(sorted(MATERIALS)),
        "phase": st.sampled_from(["alpha", "alpha", "alpha", "beta", "gamma"]),
        "size": st.sampled_from(list(CELLS)),
        "layers": st.integers(1, 6),
        "top": st.sampled_from(["BX2", "BX2", "AX"]),
        "equal": st.booleans(),
        "frozen_layers": st.integers(0, 3),
        "sides": st.sampled_from(["one", "one", "two"]),
        "vacuum_A": st.floats(6.0, 20.0),
        "sensible": st.sampled_from([True, True, True, False]),
    }
).map(sensible)


@cache
def ligand(name, state):
    return make_ligand(name, state=state)


def counts(atoms):
    return dict(atoms.symbols.formula.count())


def summed(*parts):
    """Sum of (factor, composition), elements with a zero left out."""
    total = {}
    for factor, composition in parts:
        for name, number in composition.items():
            total[name] = total.get(name, 0) + factor * number
    return {name: number for name, number in total.items() if number}


def layer_content(request, kind):
    a, b, x, _ = MATERIALS[request["material"]]
    cells = CELLS[request["size"]] * UNITS_PER_LAYER[request["phase"]]
    return {
        "BX2": summed((cells, {b: 1, x: 2})),
        "AX": summed((cells, CATIONS[a]), (cells, {x: 1})),
    }[kind]


def kinds_from_above(request):
    other = {"BX2": "AX", "AX": "BX2"}
    return [
        request["top"] if n % 2 == 0 else other[request["top"]] for n in range(request["layers"])
    ]


def slab(request):
    """The slab, or None if the request cannot be met for a stated reason."""
    a, b, x, lattice = MATERIALS[request["material"]]
    words = {"BX2": f"{b}{x}2", "AX": f"{a}{x}"}
    lowest = request["top"] if request["equal"] else {"BX2": "AX", "AX": "BX2"}[request["top"]]
    try:
        crystal = perovskite(request["material"], lattice, phase=request["phase"])
        return build_slab(
            crystal,
            termination=words[request["top"]],
            bottom_termination=words[lowest],
            **{k: request[k] for k in ("layers", "size", "frozen_layers", "sides", "vacuum_A")},
        )
    except InputError as error:
        one_sentence(error)
        return None


def one_sentence(error):
    assert error.message.strip()
    assert "\n" not in error.message
    assert len(error.message) < 500


@examples(120)
@given(requests)
def test_slabs_are_what_was_asked_for(request):
    atoms = slab(request)
    if atoms is None:
        return
    kinds = kinds_from_above(request)
    assert request["equal"] == (kinds[0] == kinds[-1])
    assert counts(atoms) == summed(*[(1, layer_content(request, kind)) for kind in kinds])
    _, b, x, _ = MATERIALS[request["material"]]
    for face, kind in (("upper", kinds[0]), ("lower", kinds[-1])):
        z = atoms.positions[:, 2] if face == "upper" else -atoms.positions[:, 2]
        metal = z[atoms.symbols == b].max(initial=-np.inf)
        cation = z[np.isin(atoms.symbols, ["Cs", "Rb", "C"])].max(initial=-np.inf)
        assert (metal > cation) == (kind == "BX2")
        outermost = counts(atoms[(z > z.max() - 2.2) & np.isin(atoms.symbols, [b, x])])
        content = layer_content(request, kind)
        assert outermost.get(b, 0) == content.get(b, 0)
        assert outermost[x] == content[x]
    thickness = np.ptp(atoms.positions[:, 2])
    assert (
        request["vacuum_A"] - 1e-6 <= atoms.cell.array[2, 2] - thickness < request["vacuum_A"] + 0.5
    )
    assert atoms.positions[:, 2].min() > 0
    assert atoms.pbc.tolist() == [True, True, False]
    frozen = request["frozen_layers"]
    below = 0 if request["sides"] == "one" else (request["layers"] - frozen) // 2
    fixed = [n for c in atoms.constraints for n in c.get_indices()]
    expected = summed(
        *[(1, layer_content(request, k)) for k in kinds[::-1][below : below + frozen]]
    )
    assert counts(atoms[fixed]) == expected
    again = slab(request)
    assert (again.positions == atoms.positions).all()
    assert (again.numbers == atoms.numbers).all()


def check_clashes(built, ion, copies, anchors, bonded):
    """No ligand or counter-ion comes too close to anything, all images included.

    `bonded`: the anchors bind metals, for which nine tenths of the length of a dative bond
    count. Nitrogen and oxygen may be as close to an alkali ion as their ionic radii. A
    counter-ion is bonded to the slab.
    """
    atoms = built.atoms
    symbols = np.array(atoms.get_chemical_symbols())
    added = np.flatnonzero(np.array(built.groups) == "L")
    per_copy = len(added) // copies
    piece = np.zeros(len(atoms), dtype=int)
    piece[added] = 2 * (np.arange(len(added)) // per_copy) + 2
    radii = np.array([VDW_A[s] for s in symbols])
    limit = CLASH * (radii[:, None] + radii)
    for copy in range(copies):
        first = copy * per_copy
        if ion is not None:
            counter = added[first]
            piece[counter] += 1
            limit[counter, piece == 0] = limit[piece == 0, counter] = 0.0
            first += 1
        for anchor in added[first + np.array(anchors)]:
            for ion_symbol in {"Cs", "Rb"} & set(symbols) if symbols[anchor] in ION_A else ():
                alkali = symbols == ion_symbol
                length = 0.97 * (ION_A[ion_symbol] + ION_A[symbols[anchor]])
                limit[anchor, alkali] = limit[alkali, anchor] = length
            if not bonded:
                continue
            metals = np.isin(symbols, ["Pb", "Sn", "Ge"])
            dative = 1.15 * (covalent_radii[atoms.numbers[anchor]] + covalent_radii[atoms.numbers])
            limit[anchor, metals] = limit[metals, anchor] = 0.9 * dative[metals]
    limit[np.ix_(piece == 0, piece == 0)] = 0.0
    extent = np.ptp(atoms.positions, axis=0) + 4.0
    reach = [int(np.ceil(e / h)) for e, h in zip(extent, atoms.cell.lengths(), strict=True)]
    for shift in product(*(range(-r, r + 1) for r in reach)):
        distance = cdist(atoms.positions, atoms.positions + np.array(shift) @ atoms.cell.array)
        if shift == (0, 0, 0):
            distance[piece[:, None] == piece] = np.inf
        assert (distance >= limit - 1e-6).all()


@examples(80)
@given(
    requests,
    st.fixed_dictionaries(
        {
            "ligand": st.sampled_from(sorted(LIGANDS)),
            "site": st.sampled_from(SITES_OF),
            "orientation": st.sampled_from([None, "upright", "tilted", "flat", "any"]),
            "ion": st.integers(0, 2),
            "count": st.integers(1, 3),
        }
    ),
)
def test_ligands_are_placed_without_a_clash_or_refused(request, way):
    bare = slab(request)
    if bare is None:
        return
    kind, site = way["ligand"], way["site"]
    before = bare.copy()
    allowed = COUNTER_IONS[kind[1]]
    ion = allowed[way["ion"] % len(allowed)]
    item = Adsorbate("L", ligand(*kind), site, counter_ion=ion, orientation=way["orientation"])

    def place():
        return adsorb(
            bare,
            [item],
            request["vacuum_A"],
            sides=request["sides"],
            count=way["count"],
            search=Search(azimuth_step_deg=45.0),
        )

    try:
        found = place()
    except InputError as error:
        one_sentence(error)
        return
    finally:
        assert (bare.positions == before.positions).all()
        assert len(bare) == len(before)
    a, _, x, _ = MATERIALS[request["material"]]
    copies = 2 if request["sides"] == "two" else 1
    removed = {"A-site": CATIONS[a], "X-site": {x: 1}}.get(site, {})
    added = summed((1, LIGANDS[kind]), (1, {ion: 1} if ion else {}))
    expected = summed((1, counts(bare)), (copies, added), (-copies, removed))
    assert 1 <= len(found) <= way["count"]
    scores = [round(s.score_eV, 6) for s in found]
    assert scores == sorted(scores)
    for built in found:
        assert counts(built.atoms) == expected
        assert built.charge == 0
        assert built.ligands == 1
        thickness = np.ptp(built.atoms.positions[:, 2])
        assert built.atoms.cell.array[2, 2] - thickness >= request["vacuum_A"] - 1e-6
        surface = built.atoms[built.indices("surface")]
        assert counts(surface) == summed((1, counts(bare)), (-copies, removed))
        check_clashes(built, ion, copies, ligand(*kind).anchors, site in ("metal-top", "X-site"))
    for first, second in zip(found, place(), strict=True):
        assert (first.atoms.positions == second.atoms.positions).all()
        assert first.placement == second.placement


@examples(100)
@given(
    requests,
    st.sampled_from("ABX"),
    st.sampled_from(list(DEPTHS)),
    st.builds(
        DefectStart,
        st.sampled_from(list(STARTS)),
        st.sampled_from(list(SPIN_SEEDS)),
        st.integers(-1, 2),
    ),
)
def test_vacancies_are_one_atom_less_or_refused(request, site, depth, start):
    atoms = slab(request)
    if atoms is None:
        return
    structure = Structure(atoms, ("surface",) * len(atoms))
    element = MATERIALS[request["material"]]["ABX".index(site)]
    try:
        vacancies = distinct_vacancies(structure, element, depth)
        found = remove_atom(structure, vacancies[0], start, sides=request["sides"])
    except InputError as error:
        one_sentence(error)
        return
    before, after = counts(atoms), counts(found.atoms)
    ion = CATIONS.get(element, {element: 1})  # a molecular one leaves as a whole
    lost = len(found.vacancies)
    assert lost in ((1,) if request["sides"] == "one" else (1, 2))
    assert summed((1, before), (-lost, ion)) == after
    assert found.charge == start.charge * lost
    assert len(found.groups) == len(found.atoms)
    moments = found.atoms.get_initial_magnetic_moments()
    assert abs(moments.sum() - lost) < 1e-9
    first = next(iter(ion))
    assert 1 <= sum(v.multiplicity for v in vacancies) <= before[first] // ion[first]
    assert len({v.atom for v in vacancies}) == len(vacancies)
    fixed = {n for c in atoms.constraints for n in c.get_indices()}
    kept = [
        n for n in sorted(fixed) if atoms.positions[n].tolist() not in found.vacancies_A.tolist()
    ]
    still = [n for c in found.atoms.constraints for n in c.get_indices()]
    if len(ion) == 1:
        assert (found.atoms.positions[still] == atoms.positions[kept]).all()
    if start.start == "as-cut":
        assert found.atoms.cell.array.tolist() == atoms.cell.array.tolist()


@examples(150)
@given(
    st.dictionaries(
        st.sampled_from(
            ["phase", "tilts_deg", "cation_axis", "termination", "size", "miller", "sides"]
        ),
        st.one_of(
            st.sampled_from(["", "alpha", "gamma", "x", "PbI2", "one", "sqrt2xsqrt2", "GA", "2Pb"]),
            st.text(max_size=6),
            st.lists(st.integers(-3, 3), max_size=3),
        ),
    )
)
def test_nonsense_is_refused_in_one_sentence(wild):
    texts = {"phase", "cation_axis", "termination", "sides"}
    asked = {k: v for k, v in wild.items() if (k in texts) == isinstance(v, str) or k == "size"}
    if len(asked.get("size", "two")) not in (2, 3) or (
        isinstance(asked.get("size"), list) and len(asked["size"]) != 2
    ):
        asked.pop("size", None)
    of_crystal = {k: asked.pop(k) for k in ("phase", "tilts_deg", "cation_axis") if k in asked}
    try:
        crystal = perovskite("CsPbI3", **of_crystal)
        atoms = build_slab(crystal, **{"termination": "PbI2", "layers": 3, **asked})
    except InputError as error:
        one_sentence(error)
        return
    assert set(atoms.symbols) == {"Cs", "Pb", "I"}
    assert np.linalg.norm(np.cross(*atoms.cell.array[:2])) > 30.0
