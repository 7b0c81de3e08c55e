"""Hostile values: any value of any key of a study is valid, or refused by the name of its key."""

import copy
import typing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from tests.hostile import (
    CASES,
    SLAB,
    TEXTS,
    VALUES,
    check_refused,
    contents,
    document,
    passivant,
    shipped,
    shown,
    toml,
)
from workflows.study.errors import StudyError
from workflows.study.file import Study, parse_study
from workflows.study.shipped import SHIPPED

FULL = shipped("tour")
FULL["level"] = {"base": "draft"}
FULL["single_point"] = {"base": "production"}
FULL["placement"] = {"azimuth_step_deg": 20.0}
FULL["surfaces"]["mixed"] = {
    **{k: v for k, v in FULL["surfaces"]["slab"].items() if k != "crystal"},
    "material": "CsPbI2Br",
    "mixing": {"cell": [1, 1, 1], "arrangement": 0},
}
FULL["defects"] = {"I_i": {"kind": "interstitial", "element": "I", "depth": "surface"}}
FULL["density_differences"] = [{"species": "slab.OAm"}]
FULL["supercells"] = {
    "bulk": {"crystal": "CsPbI3", "size": [1, 1, 1]},
    "larger": {"crystal": "CsPbI3", "size": [2, 1, 1]},
}
FULL["finite_size"] = [{"vacancy": "V_I", "supercells": ["bulk", "larger"]}]
FULL["charged_defects"] = [
    {
        "species": "bulk.V_I",
        "charges": [0, 1],
        "dielectric_constant": {"electronic": 5.0, "static": [20.0, 20.0, 18.0], "source": "none"},
    }
]
FULL["barriers"] = [{"name": "hop", "species": "slab.V_I"}]
FULL["vibrations"] = [{"species": "slab.OAm"}]
FULL["conditions"] = {
    **FULL.get("conditions", {}),
    "hindered": {"slab.OAm": {"translation_barrier_eV": 0.1, "rotation_barrier_eV": 0.1}},
}
FULL["coverage"] = [{"surface": "slab", "ligands": {"OAm": 1.0}, "coverage": [1.0]}]
FULL["ligand_screen"] = {"surface": "slab", "ligands": ["OAm"]}
#: Gaps of a hybrid functional exclude some other tables.
HYBRID = {k: v for k, v in FULL.items() if k not in ("dos", "spin_orbit_checks", "charged_defects")}
HYBRID["single_point"] = {"base": "production", "name": "hybrid", "functional": "HSE06"}
HYBRID["gaps"] = [{"species": "CsI"}]
FULL["species"] = {"slab.OAm": {"label": "OAm / CsPbI3(001)"}}
FULL["converge"] = {"ecut_eV": [300.0, 400.0], "reactions": ["V_I"]}


def table_of(annotation):
    """The table of a study that an annotation of the model stands for, if it is one."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(table_of, typing.get_args(annotation))), None)


def places(model, data, where=()):
    """Every table of a study with its place."""
    yield model, where
    for name, field in model.model_fields.items():
        inner, value = table_of(field.annotation), data.get(name)
        if inner is None or value is None:
            continue
        if inner in map(table_of, typing.get_args(field.annotation)) and isinstance(value, list):
            several = enumerate(value)
        else:
            several = value.items() if "dict" in str(field.annotation) else [(None, value)]
        for key, each in several:
            yield from places(inner, each, (*where, name, *([] if key is None else [key])))


PLACES = dict([*reversed(list(places(Study, HYBRID))), *reversed(list(places(Study, FULL)))])
KEYS = {key for model in PLACES for key in model.model_fields}


def tables_below(model):
    """All tables that may occur in a table."""
    inner = {table_of(field.annotation) for field in model.model_fields.values()} - {None}
    return inner.union(*map(tables_below, inner))


def refusal(tables):
    """Why a study is refused, in one sentence that names a key; empty if it is valid."""
    try:
        parse_study(document(tables), "study.toml")
    except StudyError as error:
        found = str(error)
    else:
        return ""
    assert found.startswith("study.toml: ")
    assert shown(found)
    assert "\n" not in found
    assert len(found) < 3000
    assert "constrained-" not in found  # what pydantic calls a type
    assert "is not a key" in found or "'" in found or any(key in found for key in KEYS)
    return found


def test_every_table_of_a_study_is_tried():
    assert refusal(FULL) == refusal(HYBRID) == ""
    assert tables_below(Study) | {Study} == set(PLACES)


@pytest.mark.parametrize("model", PLACES, ids=lambda model: model.__name__)
@settings(CASES, max_examples=50)
@given(data=st.data())
def test_any_value_of_any_key_is_valid_or_named(model, data):
    key = data.draw(st.sampled_from(sorted(model.model_fields)))
    value = data.draw(VALUES)
    tables = copy.deepcopy(HYBRID if PLACES[model][:1] == ("gaps",) else FULL)
    table = tables
    for step in PLACES[model]:
        table = table[step]
    table[key] = value
    refusal(tables)


@settings(CASES, max_examples=100)
@given(name=st.sampled_from(SHIPPED), data=st.data())
def test_keys_that_are_deleted_repeated_or_added(name, data):
    tables = shipped(name)
    table = tables
    while True:
        inner = [key for key, value in table.items() if isinstance(value, dict | list) and value]
        if not inner or data.draw(st.booleans()):
            break
        found = table[data.draw(st.sampled_from(sorted(inner)))]
        found = data.draw(st.sampled_from(found)) if isinstance(found, list) else found
        if not isinstance(found, dict):
            break
        table = found
    what = data.draw(st.sampled_from(["delete", "add", "repeat", "replace"]))
    key = data.draw(st.sampled_from(sorted(table)))
    if what == "delete":
        del table[key]
    elif what == "add":
        table[data.draw(st.one_of(TEXTS, st.sampled_from(sorted(KEYS))))] = data.draw(VALUES)
    elif what == "repeat" and isinstance(table[key], list):
        table[key] = [*table[key], *table[key]]
    else:
        table[key] = data.draw(VALUES)
    refusal(tables)


@settings(CASES, max_examples=30)
@given(
    old=st.sampled_from(
        ['"CsPbI3"', '"PbI2"', "[1, 1]", "layers = 1", "6.0\n\n", '"N"', '"[NX3]"', '"metal-top"',
         '"slab.NH3"', '"I"']
    ),
    new=st.one_of(
        VALUES,
        st.sampled_from(["slab", "NH3", "V_I", "slab.V_I", "slab.V_I.V_I", "slab.NH3.NH3", "Cs"]),
        st.sampled_from([1, 2, 3, 5, [2, 1], [0, 0], "sqrt2xsqrt2", "Br", "C", "[H]", "O=C=O"]),
    ),
)  # fmt: skip
def test_structures_of_any_kind_are_planned_or_refused(tmp_path_factory, old, new):
    key = f"{old.partition('=')[0]}= " if "=" in old else ""
    folder = tmp_path_factory.mktemp("plan")
    (folder / "study.toml").write_text(SLAB.replace(old, key + toml(new) + "\n", 1), "utf-8")
    before = contents(folder)
    answer = passivant("check", folder)
    assert contents(folder) == before
    if answer.status:
        check_refused(answer, str(folder / "study.toml"))
