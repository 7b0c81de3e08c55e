"""Words of tables and figures: notes on several species, titles of figures."""

from types import SimpleNamespace

from workflows.findings.words import grouped_notes, output_title


def test_notes_of_the_same_words_are_one():
    notes = [
        "slab: measured at 634 K",
        "slab: 1 CsPbI3 + 1 PbI2",
        "OAm: a radical",
        "wide: measured at 634 K",
        "slab: measured at 634 K",
        "a sentence: without a species",
        "no colon",
    ]
    assert grouped_notes(notes) == [
        "slab, wide: measured at 634 K",
        "slab: 1 CsPbI3 + 1 PbI2",
        "OAm: a radical",
        "a sentence: without a species",
        "no colon",
    ]


def test_titles_name_the_kind_and_the_labels_of_species():
    labels = {"slab.OAm": "OAm / CsPbI3(001)"}
    study = SimpleNamespace(label_of=lambda name: labels.get(name, name))
    for label, title in (
        ("DOS slab.V_I", "DOS of slab.V_I"),
        ("density difference slab.OAm", "Density difference of OAm / CsPbI3(001)"),
        ("density difference slab.OAm V_I", "Density difference of OAm / CsPbI3(001) V_I"),
        ("electrostatics slab", "Electrostatic potential of slab"),
        ("relax slab", "relax slab"),
    ):
        assert output_title(study, label) == title
