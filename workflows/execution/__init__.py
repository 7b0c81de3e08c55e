"""Running a plan: Snakemake, SLURM, resources, progress."""
