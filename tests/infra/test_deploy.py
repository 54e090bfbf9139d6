"""Each environment planned as it is deployed: its own state in a bucket, its own account, its own variables."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ACCOUNT = "111122223333"
"""That of the environments' placeholders; the emulator takes an access key of twelve digits for the account."""


@pytest.fixture(scope="module")
def infra(emulator: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the folder, and the bucket of the state."""
    if not shutil.which("terraform"):
        pytest.skip("terraform is not installed")
    import boto3  # noqa: PLC0415  only where there is an emulator

    copy = tmp_path_factory.mktemp("deploy") / "infra"
    shutil.copytree(ROOT / "infra", copy, ignore=shutil.ignore_patterns(".terraform*"))
    s3 = boto3.client("s3", aws_access_key_id=ACCOUNT, aws_secret_access_key="test")
    s3.create_bucket(
        Bucket="example-pairlake-state", CreateBucketConfiguration={"LocationConstraint": s3.meta.region_name}
    )
    return copy


def deploy(infra: Path, *arguments: str, account: str = ACCOUNT) -> subprocess.CompletedProcess[str]:
    variables = os.environ | {
        "AWS_ACCESS_KEY_ID": account,
        "AWS_EC2_METADATA_DISABLED": "true",
        "TF_CLI_ARGS_init": "-backend-config=use_path_style=true",
        "TF_CLI_ARGS_plan": "-no-color",
    }
    done = subprocess.run(
        [str(infra / "deploy.sh"), *arguments], env=variables, capture_output=True, text=True, check=False
    )
    if "Failed to query available provider packages" in done.stderr:
        pytest.skip("the AWS provider cannot be downloaded here (TF_PLUGIN_DIR may name a folder that holds it)")
    return done


def planned(text: str, environment: str) -> set[str]:
    """Addresses of what would be made, with the environment's name taken out."""
    made = {line.split()[1] for line in text.splitlines() if line.endswith("will be created")}
    return {address.replace(environment, "ENV") for address in made}


def test_every_environment_plans_the_same_things(infra: Path) -> None:
    plans = {}
    for environment in ("dev", "staging", "prod"):
        done = deploy(infra, "plan", environment)
        assert done.returncode == 0, done.stderr
        assert " 0 to change, 0 to destroy." in done.stdout
        plans[environment] = planned(done.stdout, environment)
        assert (infra / f"terraform/plan-{environment}.out").is_file()
    assert plans["dev"] == plans["staging"] == plans["prod"]
    assert "module.compute.aws_emrserverless_application.spark[0]" in plans["prod"]


def test_another_account_comes_no_further_than_the_state(infra: Path) -> None:
    done = deploy(infra, "plan", "dev", account="444455556666")
    assert done.returncode != 0
    assert "Forbidden" in done.stderr


def test_nothing_is_applied_that_was_not_planned(infra: Path) -> None:
    (infra / "terraform/plan-staging.out").unlink(missing_ok=True)
    done = deploy(infra, "apply", "staging")
    assert done.returncode == 2
    assert "look at it" in done.stderr


def test_an_environment_that_there_is_not_is_refused_in_words(infra: Path) -> None:
    done = deploy(infra, "plan", "production")
    assert done.returncode == 2
    assert "environments: dev prod staging" in done.stderr
