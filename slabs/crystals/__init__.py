"""Bulk crystals."""
