#!/usr/bin/env bash
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=1
#SBATCH --mem=2G
#SBATCH --time=7-00:00:00
# Shortly before the time limit the driver cancels its jobs; submit again to go on.
#SBATCH --signal=B:INT@120
# If its node fails, SLURM starts the driver again, which then cancels the jobs it had before.
#SBATCH --requeue
#SBATCH --open-mode=append
# Submitted by: passivant submit STUDY --profile DIR
# Arguments: Python, study file, results folder, profile folder, options of `passivant run`.
if [ -f "$4/environment.sh" ]; then . "$4/environment.sh"; fi
exec "$1" -P -m workflows.cli.main run "$2" --results "$3" --profile "$4" --cores 1024 "${@:5}"
