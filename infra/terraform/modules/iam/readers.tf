# Who reads from other accounts. Neither sees a record's values in the lake: training reads pairs, which are numbers, and
# serving reads the online store.

locals {
  read = { for role, tables in {
    training = ["pair_features", "catalogue_versions", "run_manifest", "training"]
    serving  = ["token_statistics", "split_points", "catalogue_versions", "feast"]
  } : role => [for path in setproduct(tables, local.folder) : "lake/${path[0]}${path[1]}"] }
}

data "aws_iam_policy_document" "training" {
  statement {
    sid       = "ReadPairs"
    actions   = ["s3:GetObject"]
    resources = [for path in local.read.training : "${var.lake.arn}/${path}"]
  }

  statement {
    sid       = "ListPairs"
    actions   = ["s3:ListBucket"]
    resources = [var.lake.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = local.read.training
    }
  }

  statement {
    sid       = "Decrypt"
    actions   = ["kms:Decrypt"]
    resources = [var.key_arn]
  }
}

data "aws_iam_policy_document" "serving" {
  statement {
    sid       = "ReadWhatLookupsWeighBy"
    actions   = ["s3:GetObject"]
    resources = [for path in local.read.serving : "${var.lake.arn}/${path}"]
  }

  statement {
    sid       = "ListWhatLookupsWeighBy"
    actions   = ["s3:ListBucket"]
    resources = [var.lake.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = local.read.serving
    }
  }

  statement {
    sid       = "Decrypt"
    actions   = ["kms:Decrypt"]
    resources = [var.key_arn]
  }

  statement {
    sid = "ReadOnline"
    actions = [
      "dynamodb:BatchGetItem", "dynamodb:GetItem", "sagemaker:BatchGetRecord", "sagemaker:GetRecord",
    ]
    resources = [local.tables, local.groups]
  }
}
