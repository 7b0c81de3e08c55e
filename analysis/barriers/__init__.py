"""Paths of hops, their barriers and rates."""
