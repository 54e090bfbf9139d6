# Every role, in one place: who may take it, what it may do, and the boundary that none of them can leave.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  here      = "${data.aws_region.current.name}:${local.account}" # in ARNs of this account and region

  trust = merge(
    { for role in ["pipeline", "canary", "scheduler", "machine", "network"] : role => data.aws_iam_policy_document.service[role].json },
    var.online_store == "sagemaker" ? { feature-store = data.aws_iam_policy_document.service["feature-store"].json } : {},
    { for role, accounts in var.readers : role => data.aws_iam_policy_document.other_accounts[role].json if length(accounts) > 0 },
    { for role in local.workflows : role => data.aws_iam_policy_document.workflow[role].json },
  )

  policies = merge(
    { for role, document in data.aws_iam_policy_document.job : role => document.json },
    {
      scheduler = data.aws_iam_policy_document.scheduler.json
      machine   = data.aws_iam_policy_document.machine.json
      network   = data.aws_iam_policy_document.network.json
      training  = data.aws_iam_policy_document.training.json
      serving   = data.aws_iam_policy_document.serving.json
      plan      = data.aws_iam_policy_document.plan.json
      apply     = data.aws_iam_policy_document.apply.json
      release   = data.aws_iam_policy_document.release.json
    },
    { feature-store = data.aws_iam_policy_document.feature_store.json },
  )
}

resource "aws_iam_role" "all" {
  for_each             = local.trust
  name                 = "${var.name}-${each.key}"
  assume_role_policy   = each.value
  max_session_duration = each.key == "release" ? 14400 : 3600 # a release waits for its canary
  # What applies must make roles, which the boundary forbids; it may make none that lacks the boundary.
  permissions_boundary = each.key == "apply" ? null : aws_iam_policy.boundary.arn
}

resource "aws_iam_role_policy" "all" {
  for_each = local.trust
  name     = "may"
  role     = aws_iam_role.all[each.key].id
  policy   = local.policies[each.key]
}
