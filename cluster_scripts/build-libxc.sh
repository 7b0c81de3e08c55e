#!/usr/bin/env bash
# Builds libxc, which few clusters have, into a folder of one's own; needs a C compiler, make
# and cmake (pip install cmake). The source is at https://libxc.gitlab.io.
# build-libxc.sh libxc-7.0.0.tar.gz $HOME/libxc
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: build-libxc.sh SOURCE.tar.gz PREFIX" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar xf "$1" -C "$work" --strip-components=1
# Not for this processor alone: login and compute nodes may differ.
cmake -S "$work" -B "$work/build" -DCMAKE_INSTALL_PREFIX="$2" -DCMAKE_INSTALL_LIBDIR=lib \
    -DBUILD_SHARED_LIBS=ON -DBUILD_TESTING=OFF -DENABLE_XHOST=OFF -Wno-dev >"$work/log" ||
    { tail -n 20 "$work/log" >&2; exit 1; }
cmake --build "$work/build" --target install -j "${JOBS:-4}" >>"$work/log" ||
    { tail -n 20 "$work/log" >&2; exit 1; }
ls "$2/include/xc.h" "$2/lib/libxc.so"
