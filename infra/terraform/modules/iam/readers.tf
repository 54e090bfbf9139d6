# Who reads from other accounts. Neither sees a record's values in the lake: training reads pairs, which are numbers, and
# serving reads the online store.

data "aws_iam_policy_document" "training" {
  statement {
    sid     = "ReadPairs"
    actions = ["s3:GetObject"]
    resources = [
      for table in ["pair_features", "catalogue_versions", "run_manifest", "training"] : "${var.lake.arn}/lake/${table}/*"
    ]
  }

  statement {
    sid       = "ListPairs"
    actions   = ["s3:ListBucket"]
    resources = [var.lake.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = [for table in ["pair_features", "catalogue_versions", "run_manifest", "training"] : "lake/${table}/*"]
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
    sid     = "ReadWhatLookupsWeighBy"
    actions = ["s3:GetObject"]
    resources = [
      for table in ["token_statistics", "split_points", "catalogue_versions", "feast"] : "${var.lake.arn}/lake/${table}/*"
    ]
  }

  statement {
    sid       = "ListWhatLookupsWeighBy"
    actions   = ["s3:ListBucket"]
    resources = [var.lake.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = [for table in ["token_statistics", "split_points", "catalogue_versions", "feast"] : "lake/${table}/*"]
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
