"""Build settings of GPAW for a cluster; environment.sh names this file in GPAW_CONFIG."""

import os

mpi = True
compiler = "mpicc"  # of the MPI module; "cc" with Cray's wrappers
fftw = True
scalapack = True
# As the modules call them; their headers and libraries are found through CPATH and
# LIBRARY_PATH, which modules set. With MKL: "mkl_scalapack_lp64", "mkl_intel_lp64",
# "mkl_sequential", "mkl_core", "mkl_blacs_openmpi_lp64" in place of the last two.
libraries = ["xc", "fftw3", "openblas", "scalapack"]

# What is installed in folders of one's own, such as libxc.
prefixes = [p for p in os.environ.get("GPAW_PREFIXES", "").split(":") if p]
include_dirs = [f"{prefix}/include" for prefix in prefixes]
library_dirs = [f"{prefix}/lib" for prefix in prefixes]
runtime_library_dirs = library_dirs
