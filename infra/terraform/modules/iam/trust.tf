# Who may take a role.

locals {
  principals = {
    pipeline      = [var.engine == "glue" ? "glue.amazonaws.com" : "emr-serverless.amazonaws.com"]
    canary        = [var.engine == "glue" ? "glue.amazonaws.com" : "emr-serverless.amazonaws.com"]
    scheduler     = ["scheduler.amazonaws.com"]
    machine       = ["states.amazonaws.com"]
    network       = ["vpc-flow-logs.amazonaws.com"]
    feature-store = ["sagemaker.amazonaws.com"]
  }

  workflows = var.repository == null ? toset([]) : toset(["plan", "apply", "release"])
  subjects = {
    plan    = "repo:${coalesce(var.repository, "none")}:pull_request"
    apply   = "repo:${coalesce(var.repository, "none")}:environment:${var.environment}"
    release = "repo:${coalesce(var.repository, "none")}:environment:${var.environment}"
  }
}

data "aws_iam_policy_document" "service" {
  for_each = local.principals

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = each.value
    }

    condition { # a service acts for this account alone
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "other_accounts" {
  for_each = var.readers

  dynamic "statement" {
    for_each = each.value

    content {
      actions = ["sts:AssumeRole"]

      principals {
        type        = "AWS"
        identifiers = ["arn:${local.partition}:iam::${statement.value.account_id}:root"]
      }

      condition {
        test     = "StringEquals"
        variable = "sts:ExternalId"
        values   = [statement.value.external_id]
      }
    }
  }
}

# Workflows bring a token of GitHub's that says repository and environment; no key is kept anywhere.
data "aws_iam_policy_document" "workflow" {
  #checkov:skip=CKV_AWS_358:The claim is whole, repository and environment, in local.subjects; tests/iam.tftest.hcl asserts it
  for_each = local.workflows

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = ["arn:${local.partition}:iam::${local.account}:oidc-provider/token.actions.githubusercontent.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:aud"
      values   = ["sts.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "token.actions.githubusercontent.com:sub"
      values   = [local.subjects[each.key]]
    }
  }
}
