# What a site needs for its programs: the one file with its modules and folders. Source it
# before `make env` and `passivant`; the driver and every task's job read it by themselves.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# `module` is a function, which a job need not have.
if ! command -v module >/dev/null; then
    for file in /etc/profile.d/modules.sh /etc/profile.d/lmod.sh /etc/profile.d/z00_lmod.sh; do
        if [ -r "$file" ]; then . "$file"; fi
    done
fi

# module purge
# module load gcc openmpi openblas fftw scalapack python

# With this line `make env` builds GPAW with siteconfig.py of this folder.
# export GPAW_CONFIG=$here/siteconfig.py
# Folders with include/ and lib/ that no module knows, separated by colons.
# export GPAW_PREFIXES=$HOME/libxc

# One thread per MPI rank.
export OMP_NUM_THREADS=1
