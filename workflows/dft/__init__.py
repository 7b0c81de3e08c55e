"""The job program and everything that uses GPAW."""
