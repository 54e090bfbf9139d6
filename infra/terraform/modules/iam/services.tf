# What the services between jobs may do.

locals {
  machines   = "arn:${local.partition}:states:${local.here}:stateMachine:${var.name}"
  parameters = "arn:${local.partition}:ssm:${local.here}:parameter/${var.name}/bundle/*"
  topic      = "arn:${local.partition}:sns:${local.here}:${var.name}-alarms"
  job_roles  = [for role in keys(local.prefixes) : "arn:${local.partition}:iam::${local.account}:role/${var.name}-${role}"]
}

data "aws_iam_policy_document" "scheduler" {
  statement {
    sid       = "StartRuns"
    actions   = ["states:StartExecution"]
    resources = [local.machines]
  }

  statement {
    sid       = "PutAsideWhatCannotStart"
    actions   = ["sqs:SendMessage"]
    resources = ["arn:${local.partition}:sqs:${local.here}:${var.name}-not-started"]
  }

  statement {
    sid       = "KeyOfMessages"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.operations_key_arn]
  }
}

data "aws_iam_policy_document" "machine" {
  #checkov:skip=CKV_AWS_111:Delivery of logs and traces knows no resource; all other statements name theirs
  #checkov:skip=CKV_AWS_356:As above
  dynamic "statement" {
    for_each = var.engine == "emr" ? [var.application_arn] : []

    content {
      sid       = "RunOnEmr"
      actions   = ["emr-serverless:StartJobRun", "emr-serverless:GetJobRun", "emr-serverless:CancelJobRun"]
      resources = [statement.value, "${statement.value}/jobruns/*"]
    }
  }

  dynamic "statement" {
    for_each = var.engine == "glue" ? [1] : []

    content {
      sid       = "RunOnGlue"
      actions   = ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"]
      resources = [for role in keys(local.prefixes) : "arn:${local.partition}:glue:${local.here}:job/${var.name}-${role}"]
    }
  }

  statement {
    sid       = "GiveJobsTheirRole"
    actions   = ["iam:PassRole"]
    resources = local.job_roles

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = local.principals.pipeline
    }
  }

  statement {
    sid       = "HearOfTheirEnd"
    actions   = ["events:PutTargets", "events:PutRule", "events:DescribeRule"]
    resources = ["arn:${local.partition}:events:${local.here}:rule/StepFunctionsGetEventsFor*"]
  }

  statement {
    sid       = "OneAtATime"
    actions   = ["states:ListExecutions"]
    resources = [local.machines]
  }

  statement {
    sid       = "MoveBundles"
    actions   = ["ssm:GetParameter", "ssm:PutParameter"]
    resources = [local.parameters]
  }

  statement {
    sid       = "Tell"
    actions   = ["sns:Publish"]
    resources = [local.topic]
  }

  statement {
    sid       = "KeyOfMessages"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.operations_key_arn]
  }

  statement {
    sid = "LogsAndTraces" # these actions know no resource
    actions = [
      "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
      "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
      "xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets",
    ]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "network" {
  statement {
    sid       = "FlowLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    resources = ["arn:${local.partition}:logs:${local.here}:log-group:/${var.name}/network:*"]
  }
}

data "aws_iam_policy_document" "feature_store" {
  statement {
    sid       = "OfflineStore"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${var.lake.arn}/feature-store/*"]
  }

  statement {
    sid       = "FindBucket"
    actions   = ["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:ListBucket"]
    resources = [var.lake.arn]
  }

  statement {
    sid       = "UseKey"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.key_arn]
  }

  statement {
    sid     = "DescribeOfflineStore"
    actions = ["glue:GetTable", "glue:CreateTable", "glue:UpdateTable", "glue:GetDatabase", "glue:CreateDatabase"]
    resources = [
      "arn:${local.partition}:glue:${local.here}:catalog",
      "arn:${local.partition}:glue:${local.here}:database/sagemaker_featurestore",
      "arn:${local.partition}:glue:${local.here}:table/sagemaker_featurestore/*",
    ]
  }
}
