# `make` prints what can be made. What takes more than a line of shell stands in a script of its own.

SETTINGS ?= jobs/settings/local.toml
PACKAGES := features jobs expectations feature_repo
BIN      := .venv/bin
export PYTHON NAME

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

help: ## This list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\n  PYTHON=... takes another interpreter (3.11 or newer), SETTINGS=... another settings file.\n'

env: .venv/.stamp-run ## What running needs, in .venv (pins: requirements/base.txt)
env-dev: .venv/.stamp-dev ## The same with the tools of development (requirements/dev.txt)

.venv/.stamp-run: requirements/base.txt requirements/bootstrap.txt pyproject.toml
	@requirements/environment.sh run

.venv/.stamp-dev: requirements/dev.txt requirements/bootstrap.txt pyproject.toml
	@requirements/environment.sh dev

.venv-spark35/.stamp-spark35: requirements/spark35.txt requirements/bootstrap.txt pyproject.toml
	@requirements/environment.sh spark35

run: env ## Link the GLEIF register with the national bank registers, end to end
	@$(BIN)/pairlake run --settings $(SETTINGS)

plan: env ## Blocks, pairs and budget of that run, without building a pair
	@$(BIN)/pairlake plan --settings $(SETTINGS)

lookup: env ## Candidates and features of one name:  make lookup NAME="deutsche bank"
	@test -n "$$NAME" || { echo 'Which name?  make lookup NAME="deutsche bank"' >&2; exit 2; }
	@$(BIN)/pairlake lookup --reveal --settings $(SETTINGS) -- "$$NAME"

test: env-dev ## All tests, in two processes (ARGS="-n0 -k …" takes one)
	@$(BIN)/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder $(ARGS)

test-spark35: .venv-spark35/.stamp-spark35 ## The same on Spark 3.5 and Delta 3.3; wants Python 3.11
	@.venv-spark35/bin/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder -W ignore::ResourceWarning $(ARGS)

chaos: env-dev ## Break it on purpose: every fault tried, what happened, what was lost (an hour)
	@$(BIN)/python -m pytest --chaos $(or $(ARGS),tests/chaos tests/jobs/test_rolled_back.py tests/jobs/test_erased.py tests/jobs/test_privacy.py)

check: env-dev ## Style, types, layers, and docs that follow from the code
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pairlake features --check docs/features.md
	$(BIN)/pairlake feature-groups --check infra/terraform/feature_groups.json

format: env-dev ## Put the code into the house style
	$(BIN)/ruff check --fix --select I,UP
	$(BIN)/ruff format

bench: env-dev ## Against the usual plan: six features (ARGS), then all of them (ALL)
	@$(BIN)/python benchmarks/block_and_compare.py $(ARGS)
	@$(BIN)/python benchmarks/all_features.py $(ALL)

bench-refresh: env-dev ## A refresh after 1 % changed, against the run that makes all anew
	@$(BIN)/python benchmarks/refresh.py $(ARGS)

bench-gates: env-dev ## Seconds of the gates beside those of the whole run
	@$(BIN)/python benchmarks/gates.py $(ARGS)

bench-materialise: env-dev ## Loads of the online store beside Feast's own, SQLite and Redis
	@$(BIN)/python benchmarks/materialise.py $(ARGS)

bench-online: env-dev ## Online lookup over HTTP under load, beside Feast's server; wants the lake of `make run`
	@$(BIN)/python -m benchmarks.online $(ARGS)

bench-scale: env-dev ## Growth, the same work by other engines, skewed keys (ARGS="peers --limit 900")
	@$(BIN)/python benchmarks/scale.py $(ARGS)

bench-peers: env-dev ## The other engines, in .venv-peers (benchmarks/peers/requirements.txt)
	@$(BIN)/python -m venv .venv-peers
	@.venv-peers/bin/python -m pip install --quiet -r benchmarks/peers/requirements.txt

bench-quality: env-dev ## Blocking and features on labelled sets:  make bench-quality ARGS="SET..."
	@$(BIN)/python benchmarks/quality.py $(ARGS)

bundle: .venv-bundle/.stamp ## What a cluster needs, in build/bundle (WITH="own_features.py …"); the same bytes each time
	@.venv-bundle/bin/python infra/bundle.py $(if $(WITH),--with $(WITH))

test-bundle: env-dev ## That bundle by spark-submit on a small cluster, from an empty folder; then all of it in S3
	@PAIRLAKE_BUNDLE=build/bundle $(BIN)/python -m pytest -q tests/bundle $(ARGS)

terraform: ## Format, validity, tests and plans of infra/terraform, without an account
	@infra/terraform/check.sh

checkov: .venv-checkov/.stamp ## What checkov says of infra/terraform; exceptions are explained in place
	@.venv-checkov/bin/checkov -d infra/terraform --framework terraform --compact --quiet --skip-download

test-infra: .venv-infra/.stamp ## Apply infra/terraform to an emulator of AWS, read it back, release bundles to it
	@.venv-infra/bin/python -m pytest -q -c /dev/null --rootdir tests/infra --confcutdir tests/infra \
		-p no:cacheprovider tests/infra $(ARGS)

.venv-checkov/.stamp: infra/terraform/checkov-requirements.txt
.venv-infra/.stamp: infra/terraform/emulators-requirements.txt
.venv-bundle/.stamp: infra/bundle-requirements.txt
.venv-bundle/.stamp: INTERPRETER = $$(requirements/prerequisites.sh) # libraries are compiled
.venv-checkov/.stamp .venv-infra/.stamp .venv-bundle/.stamp:
	@$(or $(INTERPRETER),$(PYTHON),python3) -m venv --clear $(@D)
	@$(@D)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

deploy-plan: ## What would change in an environment:  make deploy-plan ENV=dev
	@infra/deploy.sh plan $(ENV)

deploy-apply: ## Change it as that plan says:  make deploy-apply ENV=dev
	@infra/deploy.sh apply $(ENV)

release: .venv-infra/.stamp ## Bundles:  make release DO=upload|canary|promote|status|rollback ENV=dev OF=FOLDER|VERSION
	@.venv-infra/bin/python infra/release.py $(DO) $(ENV) $(OF)

COMPILE := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links
PRIMARY := pyproject.toml -c requirements/primary.in
pins: env ## Resolve the requirement files anew from pyproject.toml and requirements/*.in
	$(COMPILE) $(PRIMARY) --extra registers -o requirements/base.txt
	$(COMPILE) $(PRIMARY) --extra registers --extra dev -c requirements/base.txt -o requirements/dev.txt
	$(COMPILE) $(PRIMARY) --extra aws --extra redis -c requirements/dev.txt -o requirements/bundle.txt
	$(COMPILE) requirements/dev.txt --override requirements/spark35.in -o requirements/spark35.txt

clean: ## Remove .venv and all caches; tables that were published stay
	rm -rf .venv .venv-* .venv*.lock .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks .import_linter_cache
	rm -rf build dist spark-warehouse metastore_db derby.log
	find $(PACKAGES) tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

.PHONY: help env env-dev run plan lookup test test-spark35 chaos check format bench bench-refresh bench-gates bench-materialise bench-online bench-scale bench-peers bench-quality bundle test-bundle terraform checkov test-infra deploy-plan deploy-apply release pins clean
