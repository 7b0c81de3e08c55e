"""The study file: its tables, what is allowed in them, and the studies that ship."""
