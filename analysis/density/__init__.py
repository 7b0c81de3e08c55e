"""Charge-density differences."""
