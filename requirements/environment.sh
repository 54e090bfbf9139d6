#!/usr/bin/env bash
# Makes or refreshes .venv:  requirements/environment.sh run|dev
#
# Safe to interrupt and to run twice at once. Whoever comes second waits for the first and finds the work done.
# Stamps are taken away before the first change and set after the last, so .venv counts as made only when it is;
# one that carries no stamp was left half-made and is built anew.
set -euo pipefail
cd "$(dirname "$0")/.."

kind=$1
case $kind in
  run) pins=requirements/base.txt stamps=(.venv/.stamp-run) ;;
  dev) pins=requirements/dev.txt stamps=(.venv/.stamp-run .venv/.stamp-dev) ;; # dev.txt holds all of base.txt
  *) echo "usage: $0 run|dev" >&2; exit 2 ;;
esac

up_to_date() {
  local stamp=.venv/.stamp-$kind input
  [ -e "$stamp" ] || return 1
  for input in "$pins" requirements/bootstrap.txt pyproject.toml; do
    [ "$input" -nt "$stamp" ] && return 1
  done
  return 0
}

python=$(requirements/prerequisites.sh)

# The lock belongs to the open file, so it outlives the Python that takes it (macOS has no flock command).
exec 9>.venv.lock
"$python" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'
if up_to_date; then exit 0; fi

if [ -e .venv/.stamp-run ]; then
  rm -f .venv/.stamp-run .venv/.stamp-dev
else
  echo "Making .venv with $("$python" --version)"
  "$python" -m venv --clear .venv
fi

echo "Installing $pins: some minutes the first time, PyICU is compiled and Spark is large"
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r requirements/bootstrap.txt
.venv/bin/uv pip install --python .venv/bin/python -r "$pins"
.venv/bin/uv pip install --python .venv/bin/python --quiet --no-deps -e .
touch "${stamps[@]}"
