# Three buckets: tables, what jobs are started from, and who read either. All closed to the public, reachable over TLS
# only, with every version of an object kept for a while.

locals {
  buckets = toset(["lake", "artefacts", "logs"])
  ours    = toset(["lake", "artefacts"]) # encrypted with the lake's key, and logged
}

resource "aws_s3_bucket" "all" {
  #checkov:skip=CKV_AWS_18:The bucket of access logs does not log itself; the other two do
  #checkov:skip=CKV_AWS_144:One region holds the records; a copy elsewhere would need an erasure of its own
  #checkov:skip=CKV_AWS_145:S3 delivers access logs to a bucket with its own encryption only; the other two have the key
  #checkov:skip=CKV2_AWS_62:Nothing waits for objects; runs are started by the schedule
  for_each = local.buckets
  bucket   = "${var.bucket_prefix}-${var.name}-${each.key}"
}

resource "aws_s3_bucket_public_access_block" "all" {
  for_each                = local.buckets
  bucket                  = aws_s3_bucket.all[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "all" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.all[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced" # no access lists: policies alone decide
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "all" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.all[each.key].id

  rule {
    bucket_key_enabled = each.key != "logs" # one request to the key for many objects

    apply_server_side_encryption_by_default {
      sse_algorithm     = each.key == "logs" ? "AES256" : "aws:kms" # S3 delivers access logs to no other
      kms_master_key_id = each.key == "logs" ? null : aws_kms_key.lake.arn
    }
  }
}

resource "aws_s3_bucket_versioning" "all" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.all[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "all" {
  for_each   = local.buckets
  bucket     = aws_s3_bucket.all[each.key].id
  depends_on = [aws_s3_bucket_versioning.all]

  rule {
    id     = "forget"
    status = "Enabled"
    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }

    dynamic "expiration" {
      for_each = each.key == "logs" ? [var.log_days] : []

      content {
        days = expiration.value
      }
    }
  }
}

resource "aws_s3_bucket_logging" "ours" {
  for_each      = local.ours
  bucket        = aws_s3_bucket.all[each.key].id
  target_bucket = aws_s3_bucket.all["logs"].id
  target_prefix = "s3/${each.key}/"
}

data "aws_iam_policy_document" "bucket" {
  for_each = local.buckets

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.all[each.key].arn, "${aws_s3_bucket.all[each.key].arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "logs" ? [] : [aws_kms_key.lake.arn]

    content {
      sid       = "NoOtherKey"
      effect    = "Deny"
      actions   = ["s3:PutObject"]
      resources = ["${aws_s3_bucket.all[each.key].arn}/*"]

      principals {
        type        = "*"
        identifiers = ["*"]
      }

      condition { # who names no key gets the bucket's
        test     = "Null"
        variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
        values   = ["false"]
      }

      condition {
        test     = "StringNotEquals"
        variable = "s3:x-amz-server-side-encryption-aws-kms-key-id"
        values   = [statement.value]
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "logs" ? local.ours : []

    content {
      sid       = "AccessLogsOf${title(statement.value)}"
      actions   = ["s3:PutObject"]
      resources = ["${aws_s3_bucket.all["logs"].arn}/s3/${statement.value}/*"]

      principals {
        type        = "Service"
        identifiers = ["logging.s3.amazonaws.com"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = [aws_s3_bucket.all[statement.value].arn]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "all" {
  for_each   = local.buckets
  bucket     = aws_s3_bucket.all[each.key].id
  policy     = data.aws_iam_policy_document.bucket[each.key].json
  depends_on = [aws_s3_bucket_public_access_block.all]
}
