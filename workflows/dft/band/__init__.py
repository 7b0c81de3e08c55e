"""Paths between two relaxed structures: nudged elastic bands."""
