#!/bin/sh
# What needs a GPU, in one go: agreement with the CPU, speed beside bare passes and beside scipy, memory. The table goes to
# docs/gpu.md with its date; without a GPU nothing is written and the exit status is 2.
#
#     bench/gpu.sh
#     DEVICE=cpu SIZE=tiny OUT=/tmp/gpu.md bench/gpu.sh      # the same steps on small sizes, to try the script itself
set -eu
cd "$(dirname "$0")/.."
export DEVICE="${DEVICE:-cuda}" SIZE="${SIZE:-full}" OUT="${OUT:-docs/gpu.md}"
PYTHON="${PYTHON:-.venv/bin/python}"
[ -x "$PYTHON" ] || PYTHON=python3
if [ "$DEVICE" != cpu ] && ! "$PYTHON" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then
    echo "No GPU that torch can use: nothing was measured. DEVICE=cpu SIZE=tiny OUT=/tmp/gpu.md tries the script." >&2
    exit 2
fi
exec "$PYTHON" bench/gpu.py
