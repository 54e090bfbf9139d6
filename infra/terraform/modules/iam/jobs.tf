# What jobs may do. The pipeline owns the lake; the canary has a small lake of its own, and puts nothing online.

locals {
  prefixes = { pipeline = "lake", canary = "canary" }
  tables   = "arn:${local.partition}:dynamodb:${local.here}:table/${replace(var.name, "-", "_")}.*"
  groups   = "arn:${local.partition}:sagemaker:${local.here}:feature-group/${var.name}-*"
  logs     = "arn:${local.partition}:logs:${local.here}:log-group:/${var.name}/jobs${var.engine == "glue" ? "/*" : ":*"}"

  # Of a folder, Spark and Arrow first ask whether there is an object of its name. S3 says "no such object" to those who
  # may read and list that name, and "forbidden" to all others, which is where a job would end.
  folder         = ["", "/*"]
  source_objects = flatten([for s in var.sources : [for end in local.folder : "arn:${local.partition}:s3:::${s.bucket}/${s.prefix}${end}"]])
  source_keys    = compact([for s in var.sources : s.key_arn])
}

data "aws_iam_policy_document" "job" {
  for_each = local.prefixes

  statement {
    sid       = "ReadSources"
    actions   = ["s3:GetObject"]
    resources = concat(local.source_objects, ["${var.artefacts.arn}/bundles/*", "${var.artefacts.arn}/settings/*"])
  }

  dynamic "statement" {
    for_each = var.sources

    content {
      sid       = "ListSource${statement.key}"
      actions   = ["s3:ListBucket"]
      resources = ["arn:${local.partition}:s3:::${statement.value.bucket}"]

      condition {
        test     = "StringLike"
        variable = "s3:prefix"
        values   = [for end in local.folder : "${statement.value.prefix}${end}"]
      }
    }
  }

  statement {
    sid       = "OwnLake"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
    resources = [for end in local.folder : "${var.lake.arn}/${each.value}${end}"]
  }

  statement {
    sid       = "ListOwnLake"
    actions   = ["s3:ListBucket"]
    resources = [var.lake.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = [for end in local.folder : "${each.value}${end}"]
    }
  }

  statement {
    sid       = "UseKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.key_arn]
  }

  dynamic "statement" {
    for_each = length(local.source_keys) > 0 ? [local.source_keys] : []

    content {
      sid       = "ReadWithKeysOfSources"
      actions   = ["kms:Decrypt"]
      resources = statement.value
    }
  }

  statement {
    sid       = "Logs" # both services ask for the group to be made, which there is
    actions   = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    resources = [local.logs]
  }

  statement {
    sid       = "FindLogGroups" # EMR and Glue look for the group before they write
    actions   = ["logs:DescribeLogGroups"]
    resources = ["arn:${local.partition}:logs:${local.here}:log-group:*"]
  }

  statement {
    sid       = "KeyOfLogs"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.operations_key_arn]
  }

  statement {
    sid       = "Figures" # the action knows no resource; the namespace is what it can be held to
    actions   = ["cloudwatch:PutMetricData"]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "cloudwatch:namespace"
      values   = concat(["${var.name}${each.key == "pipeline" ? "" : "-canary"}"], var.engine == "glue" ? ["Glue"] : []) # --enable-metrics
    }
  }

  dynamic "statement" {
    for_each = length(var.secret_arns) > 0 ? [var.secret_arns] : []

    content {
      sid       = "Secrets"
      actions   = ["secretsmanager:GetSecretValue"]
      resources = statement.value
    }
  }

  dynamic "statement" {
    for_each = each.key == "pipeline" && var.online_store == "dynamodb" ? [local.tables] : []

    content {
      sid = "Online"
      actions = [
        "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:DescribeTable", "dynamodb:GetItem",
        "dynamodb:PutItem", "dynamodb:Scan", "dynamodb:UpdateItem",
      ]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = each.key == "pipeline" && var.online_store == "sagemaker" ? [local.groups] : []

    content {
      sid = "Online"
      actions = [
        "sagemaker:BatchGetRecord", "sagemaker:BatchWriteRecord", "sagemaker:DeleteRecord",
        "sagemaker:DescribeFeatureGroup", "sagemaker:GetRecord", "sagemaker:ListRecords", "sagemaker:PutRecord",
        "sagemaker:UpdateFeatureGroup",
      ]
      resources = [statement.value]
    }
  }

  dynamic "statement" {
    for_each = var.engine == "glue" ? [1] : []

    content {
      sid       = "KeyOfGroups" # Glue gives its groups the key that they have
      actions   = ["logs:AssociateKmsKey"]
      resources = [local.logs]
    }
  }

  dynamic "statement" {
    for_each = var.engine == "glue" ? [1] : []

    content {
      sid       = "ConnectionsOfGlue"
      actions   = ["glue:GetConnection"]
      resources = ["arn:${local.partition}:glue:${local.here}:catalog", "arn:${local.partition}:glue:${local.here}:connection/${var.name}"]
    }
  }

  dynamic "statement" {
    for_each = var.engine == "glue" ? [1] : []

    content {
      sid = "LookAtNetwork" # these actions know no resource
      actions = [
        "ec2:DescribeNetworkInterfaces", "ec2:DescribeRouteTables", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets",
        "ec2:DescribeVpcAttribute", "ec2:DescribeVpcEndpoints",
      ]
      resources = ["*"]
    }
  }

  dynamic "statement" {
    for_each = var.engine == "glue" ? [1] : []

    content {
      sid     = "InterfacesOfGlue" # Glue puts its workers into the network as the job's role
      actions = ["ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:CreateTags"]
      resources = [
        for kind in ["network-interface", "security-group", "subnet"] : "arn:${local.partition}:ec2:${local.here}:${kind}/*"
      ]
    }
  }
}
