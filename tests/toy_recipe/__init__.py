"""A recipe that exists only here: moments of inertia of relaxed molecules.

All that it takes: the folder ``moments_of_inertia``, which goes to ``workflows/recipes``, and the
three `EDITS`.
"""

#: `SplitEntry` has the one key that is needed, ``species``.
#: File of the package, what is there, and what it becomes; without a text before, a new file.
EDITS = (
    (
        "workflows/study/model.py",
        "    splits: list[SplitEntry] = Field(\n",
        "    moments_of_inertia: list[SplitEntry] = Field(\n"
        '        default=[], description="molecules whose moments of inertia are wanted"\n'
        "    )\n"
        "    splits: list[SplitEntry] = Field(\n",
    ),
    (
        "workflows/recipes/registry.py",
        '    "splits",\n',
        '    "splits",\n    "moments_of_inertia",\n',
    ),
    ("workflows/dft/kinds/moments_of_inertia.py", None, "moments_of_inertia/kind.txt"),
)
