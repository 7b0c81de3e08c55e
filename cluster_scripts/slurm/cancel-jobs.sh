#!/usr/bin/env bash
# Cancels the jobs of studies whose driver is dead, for when passivant itself cannot run;
# otherwise `passivant cancel STUDY` does it. Needs nothing but SLURM.
#   cancel-jobs.sh                       lists what your studies have in the queue
#   cancel-jobs.sh passivant-0123abcd    cancels all jobs of that study, its driver first
set -euo pipefail
queue=$(squeue --noheader --me --format='%i %j %T %k')

if [ $# -eq 0 ]; then
    grep ' passivant-' <<<"$queue" || echo "no jobs"
    exit
fi
[[ $1 =~ ^passivant-[0-9a-f]{8}$ ]] || { echo "$1: a prefix looks like passivant-0123abcd" >&2; exit 2; }
mine=$(grep " $1[_-]" <<<"$queue") || { echo "no jobs"; exit; }
{ grep -e '-driver ' <<<"$mine" || true; grep -v -e '-driver ' <<<"$mine" || true; } |
    while read -r number name _; do
        scancel "$number"
        echo "cancelled $number ($name)"
    done
