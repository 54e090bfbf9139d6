#!/usr/bin/env bash
# Terraform of one environment:  infra/deploy.sh plan|apply dev|staging|prod
#
# `plan` writes what would change to plan-ENV.out and shows it; `apply` does what that file says, and nothing else, so
# what was looked at is what happens. Credentials come from the environment: a role that may plan, or apply.
set -euo pipefail
cd "$(dirname "$0")/terraform"

action=${1:-} environment=${2:-}
if [[ ! $action =~ ^(plan|apply)$ || ! -d envs/${environment:-none} ]]; then
  echo "usage: $0 plan|apply ENV; environments: $(basename -a envs/* | xargs), found action '$action', ENV '$environment'" >&2
  exit 2
fi

export TF_DATA_DIR=.terraform/$environment TF_IN_AUTOMATION=1 # one environment's backend never serves another
init=(terraform init -input=false -reconfigure -backend-config="envs/$environment/backend.hcl")
if [ -n "${TF_PLUGIN_DIR:-}" ]; then init+=(-plugin-dir="$TF_PLUGIN_DIR"); fi
"${init[@]}" >/dev/null

case $action in
  plan) # looks without a lock, so that a role that may only read can do it
    terraform plan -input=false -lock=false -var-file="envs/$environment/environment.tfvars" -out="plan-$environment.out"
    ;;
  apply)
    if [ ! -f "plan-$environment.out" ]; then
      echo "there is no plan-$environment.out; \`$0 plan $environment\` first, and look at it" >&2
      exit 2
    fi
    terraform apply -input=false "plan-$environment.out"
    rm -f "plan-$environment.out"
    ;;
esac
