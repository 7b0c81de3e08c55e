# Build settings of GPAW for Debian and Ubuntu; GPAW's setup.py reads them through the
# environment variable GPAW_CONFIG. For a cluster see slurm/siteconfig.py.
mpi = True
compiler = "mpicc"
fftw = True
scalapack = True
libraries = ["xc", "openblas", "fftw3", "scalapack-openmpi"]
