"""Geometry of relaxed slabs."""
