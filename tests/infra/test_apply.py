"""What Terraform made, read back: closed, encrypted, guarded, and somebody is told."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest

NAME = "pairlake-dev"
BUCKETS = {kind: f"example-{NAME}-{kind}" for kind in ("lake", "artefacts", "logs")}


def document(found: Any) -> dict[str, Any]:
    read: dict[str, Any] = found if isinstance(found, dict) else json.loads(unquote(found))
    return read


def statements(found: Any) -> list[dict[str, Any]]:
    read = document(found)["Statement"]
    return read if isinstance(read, list) else [read]


@pytest.mark.parametrize("kind", BUCKETS)
def test_a_bucket_is_closed_encrypted_versioned_and_wants_tls(aws: Any, kind: str) -> None:
    s3, bucket = aws("s3"), BUCKETS[kind]
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert len(block) == 4
    assert all(block.values())
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    wanted = "AES256" if kind == "logs" else "aws:kms"
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == wanted
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    denied = [s for s in statements(s3.get_bucket_policy(Bucket=bucket)["Policy"]) if s["Effect"] == "Deny"]
    assert {"Bool": {"aws:SecureTransport": "false"}} in [s["Condition"] for s in denied]


def test_records_have_a_key_of_their_own_which_rotates(aws: Any) -> None:
    kms = aws("kms")
    keys = {alias["AliasName"]: alias.get("TargetKeyId") for alias in kms.list_aliases()["Aliases"]}
    lake, operations = keys[f"alias/{NAME}-lake"], keys[f"alias/{NAME}-operations"]
    assert lake != operations
    assert kms.get_key_rotation_status(KeyId=lake)["KeyRotationEnabled"]
    (rule,) = aws("s3").get_bucket_encryption(Bucket=BUCKETS["lake"])["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"].endswith(lake)


def test_the_online_store_is_encrypted_and_can_be_brought_back(aws: Any) -> None:
    dynamodb = aws("dynamodb")
    tables = dynamodb.list_tables()["TableNames"]
    assert {"pairlake_dev.online_entities", "pairlake_dev.blocking_index"} <= set(tables)
    for name in tables:
        table = dynamodb.describe_table(TableName=name)["Table"]
        assert table["KeySchema"] == [{"AttributeName": "entity_id", "KeyType": "HASH"}]
        assert table["SSEDescription"]["SSEType"] == "KMS"
        backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_no_role_leaves_the_boundary_but_the_one_that_makes_roles(aws: Any) -> None:
    iam = aws("iam")
    names = {
        f"{NAME}-{of}"
        for of in ("pipeline", "canary", "scheduler", "machine", "network", "training", "plan", "release")
    }
    for name in names:
        boundary = iam.get_role(RoleName=name)["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
        assert boundary.endswith(f":policy/{NAME}-boundary")
    assert "PermissionsBoundary" not in iam.get_role(RoleName=f"{NAME}-apply")["Role"]


def test_another_account_shows_its_external_id(aws: Any) -> None:
    trust = aws("iam").get_role(RoleName=f"{NAME}-training")["Role"]["AssumeRolePolicyDocument"]
    (one,) = statements(trust)
    assert one["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert one["Condition"] == {"StringEquals": {"sts:ExternalId": "put-16-characters-or-more-here"}}


def test_jobs_name_what_they_touch(aws: Any) -> None:
    for role in ("pipeline", "canary"):
        found = aws("iam").get_role_policy(RoleName=f"{NAME}-{role}", PolicyName="may")["PolicyDocument"]
        for one in statements(found):
            actions = one["Action"] if isinstance(one["Action"], list) else [one["Action"]]
            assert not any("*" in action for action in actions)
            if one["Resource"] == "*":
                assert actions == ["cloudwatch:PutMetricData"] or all(a.startswith("ec2:Describe") for a in actions)


def test_a_start_is_tried_again_and_put_aside_when_it_cannot_be(aws: Any) -> None:
    target = aws("scheduler").get_schedule(Name="refresh", GroupName=NAME)["Target"]
    assert target["RetryPolicy"]["MaximumRetryAttempts"] == 5
    assert target["DeadLetterConfig"]["Arn"].endswith(f":{NAME}-not-started")
    assert json.loads(target["Input"]) == {"command": "refresh"}


def test_every_alarm_tells_the_topic(aws: Any) -> None:
    alarms = aws("cloudwatch").describe_alarms(AlarmNamePrefix=NAME)["MetricAlarms"]
    assert len(alarms) >= 10
    topics = {action for alarm in alarms for action in alarm["AlarmActions"]}
    assert len(topics) == 1
    assert all(alarm["AlarmActions"] for alarm in alarms)
    (topic,) = topics
    assert aws("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["KmsMasterKeyId"]


def test_jobs_run_encrypted_in_the_private_network(aws: Any) -> None:
    for role in ("pipeline", "canary"):
        job = aws("glue").get_job(JobName=f"{NAME}-{role}")["Job"]
        assert job["SecurityConfiguration"] == NAME
        assert job["Connections"]["Connections"] == [NAME]
        assert job["Role"].endswith(f"{NAME}-{role}")
    ec2 = aws("ec2")
    mine = [{"Name": "tag:project", "Values": ["pairlake"]}]
    assert not ec2.describe_internet_gateways(Filters=mine)["InternetGateways"]
