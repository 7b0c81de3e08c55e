"""RDKit, loaded by the first use of it and without its messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slabs.lazy import LazyModule

if TYPE_CHECKING:
    from rdkit import Chem, DistanceGeometry
    from rdkit.Chem import (
        rdDetermineBonds,
        rdDistGeom,
        rdForceFieldHelpers,
        rdMolDescriptors,
        rdMolTransforms,
        rdPartialCharges,
    )
else:

    def _quiet() -> None:
        from rdkit import RDLogger

        RDLogger.DisableLog("rdApp.*")

    Chem = LazyModule("rdkit.Chem", _quiet)
    DistanceGeometry = LazyModule("rdkit.DistanceGeometry", _quiet)
    rdDetermineBonds = LazyModule("rdkit.Chem.rdDetermineBonds", _quiet)
    rdDistGeom = LazyModule("rdkit.Chem.rdDistGeom", _quiet)
    rdForceFieldHelpers = LazyModule("rdkit.Chem.rdForceFieldHelpers", _quiet)
    rdMolDescriptors = LazyModule("rdkit.Chem.rdMolDescriptors", _quiet)
    rdMolTransforms = LazyModule("rdkit.Chem.rdMolTransforms", _quiet)
    rdPartialCharges = LazyModule("rdkit.Chem.rdPartialCharges", _quiet)

__all__ = [
    "Chem",
    "DistanceGeometry",
    "rdDetermineBonds",
    "rdDistGeom",
    "rdForceFieldHelpers",
    "rdMolDescriptors",
    "rdMolTransforms",
    "rdPartialCharges",
]
