# Runs against a mock provider: no account, no network. Arguments that the provider checks need values of the
# right shape, hence the defaults.
mock_provider "aws" {
  mock_resource "aws_kms_key" {
    defaults = {
      arn = "arn:aws:kms:eu-west-1:111122223333:key/11111111-1111-1111-1111-111111111111"
    }
  }

  mock_resource "aws_s3_bucket" {
    defaults = {
      arn = "arn:aws:s3:::pairlake-test-lake"
    }
  }

  mock_data "aws_iam_policy_document" {
    defaults = {
      json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
    }
  }
}

variables {
  environment      = "dev"
  lake_bucket_name = "pairlake-test-lake"
}

run "closed_to_the_public" {
  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.lake.block_public_acls,
      aws_s3_bucket_public_access_block.lake.block_public_policy,
      aws_s3_bucket_public_access_block.lake.ignore_public_acls,
      aws_s3_bucket_public_access_block.lake.restrict_public_buckets,
    ])
    error_message = "All four switches of the public access block are on."
  }

  assert {
    condition     = one(aws_s3_bucket_ownership_controls.lake.rule).object_ownership == "BucketOwnerEnforced"
    error_message = "Access lists are off."
  }

  assert {
    condition = anytrue([
      for s in data.aws_iam_policy_document.lake.statement :
      s.effect == "Deny" && anytrue([for c in s.condition : c.variable == "aws:SecureTransport"])
    ])
    error_message = "Plain HTTP is denied."
  }
}

run "encrypted_with_its_own_key" {
  assert {
    condition     = aws_kms_key.lake.enable_key_rotation
    error_message = "The key rotates."
  }

  assert {
    condition = alltrue([
      for rule in aws_s3_bucket_server_side_encryption_configuration.lake.rule :
      one(rule.apply_server_side_encryption_by_default).sse_algorithm == "aws:kms" &&
      one(rule.apply_server_side_encryption_by_default).kms_master_key_id == aws_kms_key.lake.arn
    ])
    error_message = "Objects are encrypted with the lake's key."
  }

  assert {
    condition     = output.lake_key_arn == aws_kms_key.lake.arn
    error_message = "The key is handed on to those who grant its use."
  }
}

run "old_versions_are_kept_then_forgotten" {
  assert {
    condition     = one(aws_s3_bucket_versioning.lake.versioning_configuration).status == "Enabled"
    error_message = "Versioning is on."
  }

  assert {
    condition = one(flatten([
      for rule in aws_s3_bucket_lifecycle_configuration.lake.rule : rule.noncurrent_version_expiration
    ])).noncurrent_days == 30
    error_message = "Replaced versions go after the days that were set."
  }
}

run "wrong_values_are_refused" {
  command = plan

  variables {
    environment      = "production"
    lake_bucket_name = "Pairlake_Lake"
    noncurrent_days  = 0
  }

  expect_failures = [var.environment, var.lake_bucket_name, var.noncurrent_days]
}
