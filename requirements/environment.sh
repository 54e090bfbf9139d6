#!/usr/bin/env bash
# Makes or refreshes an environment:  requirements/environment.sh run|dev|spark35
#
# `run` and `dev` are .venv; `spark35`, in .venv-spark35, is `dev` with the Spark and Delta of the second line.
#
# Safe to interrupt and to run twice at once. Whoever comes second waits for the first and finds the work done.
# Stamps are taken away before the first change and set after the last, so an environment counts as made only when it
# is; one that carries no stamp was left half-made and is built anew.
set -euo pipefail
cd "$(dirname "$0")/.."

kind=${1:-}
case $kind in
  run) env=.venv pins=requirements/base.txt stamps=(.venv/.stamp-run) ;;
  dev) env=.venv pins=requirements/dev.txt stamps=(.venv/.stamp-run .venv/.stamp-dev) ;; # dev.txt holds all of base.txt
  spark35)
    env=.venv-spark35 pins=requirements/spark35.txt stamps=(.venv-spark35/.stamp-spark35)
    export PYTHON=${PYTHON:-python3.11} # as on Glue 5.1: pyspark 3.5 imports what later ones lack
    ;;
  *) echo "usage: $0 run|dev|spark35" >&2; exit 2 ;;
esac

up_to_date() {
  local stamp=$env/.stamp-$kind input
  [ -e "$stamp" ] || return 1
  for input in "$pins" requirements/bootstrap.txt pyproject.toml; do
    [ "$input" -nt "$stamp" ] && return 1
  done
  return 0
}

python=$(requirements/prerequisites.sh)

# The lock belongs to the open file, so it outlives the Python that takes it (macOS has no flock command).
exec 9>$env.lock
"$python" -c 'import fcntl; fcntl.flock(9, fcntl.LOCK_EX)'
if up_to_date; then exit 0; fi

if [ -e "${stamps[0]}" ]; then
  rm -f "$env"/.stamp-*
else
  echo "Making $env with $("$python" --version)"
  "$python" -m venv --clear "$env"
fi

echo "Installing $pins: some minutes the first time, PyICU is compiled and Spark is large"
"$env/bin/python" -m pip install --quiet --disable-pip-version-check -r requirements/bootstrap.txt
"$env/bin/uv" pip install --python "$env/bin/python" -r "$pins"
"$env/bin/uv" pip install --python "$env/bin/python" --quiet --no-deps -e .
touch "${stamps[@]}"
