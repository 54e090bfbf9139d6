# What the workflows on GitHub may do: look (plan), change the infrastructure (apply), move a bundle in (release).

locals {
  state    = "arn:${local.partition}:s3:::${coalesce(var.state_bucket, "${var.name}-no-state")}"
  boundary = "arn:${local.partition}:iam::${local.account}:policy/${var.name}-boundary"
  buckets  = [for bucket in ["lake", "artefacts", "logs"] : "arn:${local.partition}:s3:::${var.bucket_prefix}-${var.name}-${bucket}"]
  ours = concat(
    local.buckets,
    [for of in [
      "cloudwatch:${local.here}:alarm:${var.name}-*", "cloudwatch::${local.account}:dashboard/${var.name}",
      "dynamodb:${local.here}:table/${replace(var.name, "-", "_")}.*", "elasticache:${local.here}:*:${var.name}-*",
      "emr-serverless:${local.here}:/applications/*", "glue:${local.here}:*", "logs:${local.here}:log-group:/${var.name}/*",
      "sagemaker:${local.here}:feature-group/${var.name}-*", "scheduler:${local.here}:schedule/*", "sns:${local.here}:${var.name}-*",
      "scheduler:${local.here}:schedule-group/${var.name}", "sqs:${local.here}:${var.name}-*", "ssm:${local.here}:parameter/${var.name}/*",
      "states:${local.here}:stateMachine:${var.name}*", "budgets::${local.account}:budget/${var.name}*",
    ] : "arn:${local.partition}:${of}"],
  )
}

data "aws_iam_policy_document" "plan" {
  #checkov:skip=CKV_AWS_356:What is described knows no resource, or is not yet named; nothing here reads a record
  statement {
    sid = "Look"
    actions = [
      "budgets:ViewBudget", "budgets:ListTagsForResource", "cloudwatch:Describe*", "cloudwatch:GetDashboard",
      "cloudwatch:ListTagsForResource", "dynamodb:Describe*", "dynamodb:ListTagsOfResource", "ec2:Describe*",
      "elasticache:Describe*", "elasticache:ListTagsForResource", "emr-serverless:GetApplication",
      "emr-serverless:ListTagsForResource", "glue:GetConnection", "glue:GetJob", "glue:GetSecurityConfiguration",
      "glue:GetTags", "iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole", "iam:GetRolePolicy",
      "iam:ListAttachedRolePolicies", "iam:ListPolicyVersions", "iam:ListRolePolicies", "kms:DescribeKey",
      "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListAliases", "kms:ListResourceTags", "logs:Describe*",
      "logs:ListTagsForResource", "s3:GetBucket*", "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration",
      "s3:GetAccelerateConfiguration", "s3:GetReplicationConfiguration", "sagemaker:DescribeFeatureGroup",
      "sagemaker:ListTags", "scheduler:GetSchedule", "scheduler:GetScheduleGroup", "scheduler:ListTagsForResource",
      "sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:ListTagsForResource", "sqs:GetQueueAttributes",
      "sqs:ListQueueTags", "ssm:DescribeParameters", "ssm:ListTagsForResource",
      "states:DescribeStateMachine", "states:ListStateMachineVersions", "states:ListTagsForResource",
      "states:ValidateStateMachineDefinition", # asked of all machines when the definition of one changes
    ]
    resources = ["*"]
  }

  statement {
    sid       = "FindBuckets" # HeadBucket asks for it: names of objects, not what is in them
    actions   = ["s3:ListBucket"]
    resources = local.buckets
  }

  statement {
    sid       = "LookAtBundles"
    actions   = ["ssm:GetParameter"]
    resources = [local.parameters]
  }

  statement {
    sid       = "ReadState"
    actions   = ["s3:GetObject", "s3:ListBucket"]
    resources = [local.state, "${local.state}/${var.name}/*"]
  }

  statement {
    sid       = "KeyOfState"
    actions   = ["kms:Decrypt"]
    resources = ["arn:${local.partition}:kms:${local.here}:key/*"]

    condition { # of the state alone, not of the lake
      test     = "StringLike"
      variable = "kms:EncryptionContext:aws:s3:arn"
      values   = [local.state, "${local.state}/*"]
    }
  }
}

data "aws_iam_policy_document" "apply" {
  #checkov:skip=CKV_AWS_109:Who applies makes roles, but only with the boundary, and may not touch the boundary
  #checkov:skip=CKV_AWS_111:Networks and keys have no name before they are made; the region is what they are held to
  #checkov:skip=CKV_AWS_356:As above
  source_policy_documents = [data.aws_iam_policy_document.plan.json]

  statement {
    sid = "ChangeWhatIsOurs"
    actions = [
      "budgets:*", "cloudwatch:*", "dynamodb:*", "elasticache:*", "emr-serverless:*", "glue:*", "logs:*", "s3:*Bucket*",
      "s3:*Configuration", "sagemaker:*", "scheduler:*", "sns:*", "sqs:*", "ssm:*", "states:*",
    ]
    resources = local.ours
  }

  statement {
    sid    = "NoRecords"
    effect = "Deny"
    actions = [
      "dynamodb:*Item", "dynamodb:Query", "dynamodb:Scan", "dynamodb:PartiQL*", "dynamodb:Export*", "sagemaker:*Record",
      "sagemaker:ListRecords",
    ]
    resources = ["*"]
  }

  statement {
    sid = "MakeWhatHasNoName"
    actions = [
      "ec2:*Vpc*", "ec2:*Subnet*", "ec2:*RouteTable*", "ec2:*SecurityGroup*", "ec2:*FlowLogs", "ec2:*Tags",
      "ec2:CreateNetworkInterface",
      "emr-serverless:CreateApplication", "kms:CreateKey", "kms:CreateAlias", "kms:*Alias", "kms:PutKeyPolicy",
      "kms:EnableKeyRotation", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource",
      "kms:UpdateKeyDescription", "logs:CreateLogDelivery", "logs:PutResourcePolicy",
    ]
    resources = ["*"]

    condition {
      test     = "StringEquals"
      variable = "aws:RequestedRegion"
      values   = [data.aws_region.current.name]
    }
  }

  statement {
    sid = "KeyOfStores" # who makes a store lends the service the key, which the service then uses as its maker may
    actions = [
      "kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ListGrants", "kms:ReEncryptFrom",
      "kms:ReEncryptTo", "kms:RetireGrant", "kms:RevokeGrant",
    ]
    resources = ["arn:${local.partition}:kms:${local.here}:key/*"]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values = [
        for service in ["dynamodb", "elasticache", "sagemaker"] : "${service}.${data.aws_region.current.name}.amazonaws.com"
      ]
    }
  }

  statement {
    sid       = "KeyOfSchedules" # what a schedule starts is encrypted as its maker may
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
    resources = ["arn:${local.partition}:kms:${local.here}:key/*"]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["scheduler.${data.aws_region.current.name}.amazonaws.com"]
    }
  }

  statement {
    sid       = "NamesOfEndpoints" # apart, as Route 53 is in no region
    actions   = ["route53:AssociateVPCWithHostedZone"]
    resources = ["arn:${local.partition}:route53:::hostedzone/*", "arn:${local.partition}:ec2:${local.here}:vpc/*"]
  }

  statement {
    sid       = "RolesOfServices" # made once an account, by the first cache or application
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = ["arn:${local.partition}:iam::${local.account}:role/aws-service-role/*"]

    condition {
      test     = "StringEquals"
      variable = "iam:AWSServiceName"
      values   = ["elasticache.amazonaws.com", "ops.emr-serverless.amazonaws.com"]
    }
  }

  statement {
    sid       = "MakeRolesWithinTheBoundary"
    actions   = ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary", "iam:DeleteRolePolicy"]
    resources = ["arn:${local.partition}:iam::${local.account}:role/${var.name}-*"]

    condition {
      test     = "StringEquals"
      variable = "iam:PermissionsBoundary"
      values   = [local.boundary]
    }
  }

  statement {
    sid = "TendRoles"
    actions = [
      "iam:DeleteRole", "iam:ListInstanceProfilesForRole", "iam:PassRole", "iam:TagRole", "iam:UntagRole",
      "iam:UpdateAssumeRolePolicy", "iam:UpdateRole",
    ]
    resources = ["arn:${local.partition}:iam::${local.account}:role/${var.name}-*"]
  }

  statement {
    sid    = "NotItself" # whoever could change these could give itself anything
    effect = "Deny"
    actions = [
      "iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:SetDefaultPolicyVersion",
      "iam:DeleteRolePermissionsBoundary", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:UpdateAssumeRolePolicy",
    ]
    resources = [local.boundary, "arn:${local.partition}:iam::${local.account}:role/${var.name}-apply"]
  }

  statement {
    sid       = "WriteState"
    actions   = ["s3:PutObject", "s3:DeleteObject"] # the lock is an object that goes
    resources = ["${local.state}/${var.name}/*"]
  }
}

data "aws_iam_policy_document" "release" {
  statement {
    sid       = "BringBundles"
    actions   = ["s3:PutObject", "s3:GetObject"]
    resources = ["${var.artefacts.arn}/bundles/*"]
  }

  statement {
    sid       = "FindBundles"
    actions   = ["s3:ListBucket"]
    resources = [var.artefacts.arn]
  }

  statement {
    sid       = "KeyOfBundles"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.key_arn]

    condition {
      test     = "StringLike"
      variable = "kms:EncryptionContext:aws:s3:arn"
      values   = [var.artefacts.arn, "${var.artefacts.arn}/*"]
    }
  }

  statement {
    sid       = "TryThem"
    actions   = ["states:StartExecution"]
    resources = ["${local.machines}-canary"]
  }

  statement {
    sid       = "WatchThem"
    actions   = ["states:DescribeExecution"]
    resources = [replace("${local.machines}-canary:*", ":stateMachine:", ":execution:")]
  }

  statement {
    sid       = "MoveThemIn"
    actions   = ["ssm:GetParameter", "ssm:PutParameter"]
    resources = [local.parameters]
  }
}
