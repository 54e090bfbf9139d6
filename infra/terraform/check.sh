#!/usr/bin/env bash
# Format, validity and tests of the modules, and a plan of each environment. Needs no account: the tests mock AWS.
#
# Skips, and says so, where there is no terraform or the AWS provider cannot be had; anything else that goes wrong
# is a failure. TF_PLUGIN_DIR names a folder with the provider in it; what is named must be there.
set -euo pipefail
cd "$(dirname "$0")"

if ! command -v terraform >/dev/null; then
  echo "skipped: terraform is not installed (1.10 or newer)"
  exit 0
fi

# First, because it also catches what does not parse; after it a failing init is a matter of the provider.
terraform fmt -check -diff -recursive

init=(terraform init -backend=false -input=false -no-color)
if [ -n "${TF_PLUGIN_DIR:-}" ]; then init+=(-plugin-dir="$TF_PLUGIN_DIR"); fi
if ! output=$("${init[@]}" 2>&1); then
  printf '%s\n' "$output" >&2
  if [ -z "${TF_PLUGIN_DIR:-}" ] &&
    grep -Eq 'Failed to (query available provider packages|install provider)' <<<"$output"; then
    echo "skipped: the AWS provider cannot be downloaded here (TF_PLUGIN_DIR may name a folder that holds it)"
    exit 0
  fi
  exit 1
fi

terraform validate -no-color
terraform test -no-color
for environment in envs/*/; do
  echo "environment: $(basename "$environment")"
  terraform test -no-color -test-directory=tests/environment -var-file="${environment}environment.tfvars"
done
