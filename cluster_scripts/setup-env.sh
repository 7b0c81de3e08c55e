#!/usr/bin/env bash
# Sets up whatever is missing: system libraries, the virtual environment .venv, GPAW from
# source with MPI, ScaLAPACK and FFTW, and passivant itself. A second call changes nothing.
# With the argument "browser" also Chromium and Playwright, for the tests that open the report.
# GPAW_CONFIG names other build settings; then the system's libraries are left alone, no root.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=.venv
log=$venv/setup.log
stamp=$venv/passivant.stamp
constraints=cluster_scripts/constraints.txt
config=$(realpath "${GPAW_CONFIG:-cluster_scripts/siteconfig.py}")

say() { printf 'env: %s\n' "$*"; }
fail() { printf 'env: %s\n' "$*" >&2; exit 1; }

find_python() {
    local name
    for name in "${PYTHON:-}" python3.13 python3.12 python3.11 python3; do
        if [ -n "$name" ] && command -v "$name" >/dev/null &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            printf '%s\n' "$name"
            return
        fi
    done
    fail "Python 3.11 or newer was not found; install it, or name it: make env PYTHON=/path/to/python3"
}

install_libraries() {
    local python=$1
    local packages=(gcc libc6-dev libxc-dev libopenblas-dev libopenmpi-dev openmpi-bin
        libscalapack-openmpi-dev libfftw3-dev)
    "$python" -c 'import ensurepip, venv' 2>/dev/null || packages+=("${python##*/}-venv")
    "$python" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' ||
        packages+=("${python##*/}-dev")
    if ! command -v apt-get >/dev/null; then
        command -v mpicc >/dev/null && return
        fail "no apt-get here; install a C compiler, Python headers and the development packages of libxc, OpenBLAS, OpenMPI, ScaLAPACK (for OpenMPI) and FFTW, then see cluster_scripts/CHECKLIST.md"
    fi
    apt_install "${packages[@]}"
}

apt_install() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' ||
            missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    local sudo=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "neither root nor sudo; ask for: apt-get install ${missing[*]}"
        sudo=(sudo)
    fi
    say "installing ${missing[*]}"
    "${sudo[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${sudo[@]}" apt-get install -y -qq --no-install-recommends \
        "${missing[@]}" >/dev/null
}

# Without a browser the tests that need one are skipped and say so; everything else works.
install_browser() {
    command -v chromium-headless-shell chromium google-chrome >/dev/null ||
        (apt_install chromium-headless-shell fonts-dejavu-core) ||
        say "no Chromium can be installed; the tests that open the report will be skipped"
    "$venv/bin/python" -c 'import playwright' 2>/dev/null || pip_install -e '.[browser]'
}

pip_install() {
    "$venv/bin/python" -m pip install -q --disable-pip-version-check -c "$constraints" "$@" >>"$log" 2>&1 ||
        { tail -n 20 "$log" >&2; fail "pip install $* failed; the whole log is $log"; }
}

python=$(find_python)
[ -n "${GPAW_CONFIG:-}" ] || install_libraries "$python"
wanted=$({ cat pyproject.toml "$constraints" "$config" "$0"; pwd; echo "${GPAW_PREFIXES:-}"
    "$python" -c 'import sys; print(sys.version)'; } | sha256sum | cut -d' ' -f1)
if [ -z "${REBUILD_GPAW:-}" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
    [ "${1:-}" != browser ] || install_browser
    say "ready in $venv ($venv/bin/passivant doctor shows the details)"
    exit 0
fi
began=$(date +%s)
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
: >"$log"
say "installing Python packages; the log is $log"
# GPAW is compiled here; a wheel that pip has cached may have been built without MPI.
rebuild=()
[ -z "${REBUILD_GPAW:-}" ] || rebuild=(--force-reinstall --no-deps)
GPAW_CONFIG=$config pip_install --no-cache-dir --no-binary gpaw "${rebuild[@]}" \
    "$(grep '^gpaw==' "$constraints")"
pip_install -e '.[test,docs]'
"$venv/bin/passivant" doctor
printf '%s\n' "$wanted" >"$stamp"
[ "${1:-}" != browser ] || install_browser
say "ready in $venv after $(($(date +%s) - began)) s"
