"""Relaxations: start, steps, and what is saved of them."""
