# Records are closed to the public, encrypted with a key of their own, and can be brought back for a while.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name            = "pairlake-dev"
  bucket_prefix   = "example"
  noncurrent_days = 30
  log_days        = 90
}

run "lake" {
  module {
    source = "./modules/lake"
  }

  assert {
    condition     = toset(keys(aws_s3_bucket.all)) == toset(["lake", "artefacts", "logs"])
    error_message = "What follows is asserted of every bucket."
  }

  assert {
    condition = alltrue([
      for block in aws_s3_bucket_public_access_block.all :
      block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets
    ]) && length(aws_s3_bucket_public_access_block.all) == length(aws_s3_bucket.all)
    error_message = "All four switches of the public access block are on, for every bucket."
  }

  assert {
    condition     = alltrue([for c in aws_s3_bucket_ownership_controls.all : one(c.rule).object_ownership == "BucketOwnerEnforced"])
    error_message = "Access lists are off."
  }

  assert {
    condition = alltrue([for document in data.aws_iam_policy_document.bucket : anytrue([
      for s in document.statement : s.effect == "Deny" && anytrue([for c in s.condition : c.variable == "aws:SecureTransport"])
    ])])
    error_message = "Plain HTTP is denied."
  }

  assert {
    condition = alltrue([
      for bucket in ["lake", "artefacts"] : alltrue([
        for rule in aws_s3_bucket_server_side_encryption_configuration.all[bucket].rule :
        one(rule.apply_server_side_encryption_by_default).sse_algorithm == "aws:kms" &&
        one(rule.apply_server_side_encryption_by_default).kms_master_key_id == aws_kms_key.lake.arn
      ])
    ])
    error_message = "Records and bundles are encrypted with the lake's key."
  }

  assert {
    condition = alltrue([
      for bucket in ["lake", "artefacts"] : anytrue([
        for s in data.aws_iam_policy_document.bucket[bucket].statement : s.sid == "NoOtherKey" && s.effect == "Deny"
      ])
    ])
    error_message = "Nobody writes with another key."
  }

  assert {
    condition     = aws_kms_key.lake.enable_key_rotation && aws_kms_key.operations.enable_key_rotation
    error_message = "Keys rotate."
  }

  assert {
    condition = alltrue([
      for s in data.aws_iam_policy_document.lake_key.statement : alltrue([for p in s.principals : p.type == "AWS"])
    ])
    error_message = "No service of AWS may use the key of records by itself."
  }

  assert {
    condition     = alltrue([for v in aws_s3_bucket_versioning.all : one(v.versioning_configuration).status == "Enabled"])
    error_message = "Versioning is on."
  }

  assert {
    condition = alltrue(flatten([
      for c in aws_s3_bucket_lifecycle_configuration.all : [
        for rule in c.rule : one(rule.noncurrent_version_expiration).noncurrent_days == 30
      ]
    ]))
    error_message = "Replaced versions go after the days that were set."
  }

  assert {
    condition     = toset(keys(aws_s3_bucket_logging.ours)) == toset(["lake", "artefacts"])
    error_message = "Who reads records and bundles is written down."
  }
}
