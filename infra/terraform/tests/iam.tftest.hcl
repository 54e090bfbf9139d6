# Every role may do what it is for and no more, and none can leave the boundary.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name               = "pairlake-dev"
  engine             = "emr"
  lake               = { name = "example-lake", arn = "arn:aws:s3:::example-lake" }
  artefacts          = { name = "example-artefacts", arn = "arn:aws:s3:::example-artefacts" }
  key_arn            = "arn:aws:kms:eu-west-1:111122223333:key/lake"
  operations_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/operations"
  sources            = [{ bucket = "registers", prefix = "parties" }]
  secret_arns        = ["arn:aws:secretsmanager:eu-west-1:111122223333:secret:pairlake"]
  online_store       = "dynamodb"
  application_arn    = "arn:aws:emr-serverless:eu-west-1:111122223333:/applications/00example"
  repository         = "example/pairlake"
  environment        = "dev"
  state_bucket       = "example-state"
  bucket_prefix      = "example"

  readers = {
    training = [{ account_id = "111122223333", external_id = "an-external-id-of-training" }]
    serving  = [{ account_id = "111122223333", external_id = "an-external-id-of-serving" }]
  }
}

run "least_privilege" {
  module {
    source = "./modules/iam"
  }

  assert {
    condition = alltrue([for s in flatten([
      [for d in data.aws_iam_policy_document.job : d.statement],
      data.aws_iam_policy_document.machine.statement, data.aws_iam_policy_document.scheduler.statement,
      data.aws_iam_policy_document.network.statement, data.aws_iam_policy_document.feature_store.statement,
      data.aws_iam_policy_document.training.statement, data.aws_iam_policy_document.serving.statement,
      data.aws_iam_policy_document.release.statement,
    ]) : alltrue([for action in s.actions : !strcontains(action, "*")])])
    error_message = "Jobs, services, readers and releases name each action that they may do."
  }

  assert {
    condition = alltrue([for s in flatten([
      [for d in data.aws_iam_policy_document.job : d.statement], data.aws_iam_policy_document.plan.statement,
      data.aws_iam_policy_document.apply.statement, data.aws_iam_policy_document.boundary.statement,
    ]) : !contains(s.actions, "*")])
    error_message = "Nobody may do everything."
  }

  assert {
    condition = alltrue([for s in flatten([for d in data.aws_iam_policy_document.job : d.statement]) :
    !contains(s.resources, "*") || s.actions == toset(["cloudwatch:PutMetricData"])])
    error_message = "Jobs name what they touch; figures, which know no resource, are held to their namespace."
  }

  assert {
    condition = alltrue([
      for s in data.aws_iam_policy_document.job["canary"].statement : alltrue([
        for r in s.resources : !strcontains(r, "example-lake/lake") && !strcontains(r, "dynamodb")
      ])
    ])
    error_message = "A canary touches neither the tables in force nor the online store."
  }

  assert {
    condition = alltrue([for d in data.aws_iam_policy_document.job : anytrue([
      for s in d.statement : contains(s.actions, "s3:GetObject") &&
      length(setintersection(s.resources, ["arn:aws:s3:::registers/parties", "arn:aws:s3:::registers/parties/*"])) == 2
      ])]) && anytrue([
      for s in data.aws_iam_policy_document.job["pipeline"].statement : contains(s.actions, "s3:PutObject") &&
      s.resources == toset(["arn:aws:s3:::example-lake/lake", "arn:aws:s3:::example-lake/lake/*"])
    ])
    error_message = "A folder's own name may be read too: who asks for it is told that there is no such object."
  }

  assert {
    condition = alltrue([for read in [data.aws_iam_policy_document.training, data.aws_iam_policy_document.serving] : alltrue(flatten([
      for s in read.statement : [for r in s.resources : contains(s.resources, trimsuffix(r, "/*"))]
    ]))])
    error_message = "So it is for who reads from other accounts."
  }

  assert {
    condition = alltrue([
      for s in data.aws_iam_policy_document.training.statement : alltrue([
        for r in s.resources : !strcontains(r, "entities") && !strcontains(r, "quarantine") && !endswith(r, "lake/lake/*")
      ]) && alltrue([for action in s.actions : !strcontains(action, "Put") && !strcontains(action, "Delete")])
    ])
    error_message = "Training reads pairs, never a record, and writes nothing."
  }
}

run "trust" {
  module {
    source = "./modules/iam"
  }

  assert {
    condition = alltrue([for role in ["training", "serving"] : alltrue([
      for s in data.aws_iam_policy_document.other_accounts[role].statement : anytrue([
        for c in s.condition : c.variable == "sts:ExternalId" && c.test == "StringEquals" && length(one(c.values)) >= 16
      ])
    ])])
    error_message = "Another account shows its external id."
  }

  assert {
    condition = alltrue([for document in data.aws_iam_policy_document.service : alltrue([
      for s in document.statement : anytrue([for c in s.condition : c.variable == "aws:SourceAccount"])
    ])])
    error_message = "A service acts for this account alone."
  }

  assert {
    condition = alltrue([for document in data.aws_iam_policy_document.workflow : alltrue([
      for s in document.statement : anytrue([
        for c in s.condition : endswith(c.variable, ":sub") && c.test == "StringEquals" &&
        alltrue([for v in c.values : startswith(v, "repo:example/pairlake:") && !strcontains(v, "*")])
      ])
    ])])
    error_message = "Workflows are those of one repository, and what changes anything runs in an environment with approval."
  }

  assert {
    condition     = alltrue([for role, made in aws_iam_role.all : made.permissions_boundary == aws_iam_policy.boundary.arn || role == "apply"])
    error_message = "Every role has the boundary, but for the one that makes roles."
  }

  assert {
    condition = alltrue([
      for s in data.aws_iam_policy_document.apply.statement :
      s.sid == "NotItself" || !contains(s.actions, "iam:PutRolePolicy") || anytrue([for c in s.condition : c.variable == "iam:PermissionsBoundary"])
    ])
    error_message = "That one makes no role without the boundary."
  }

  assert {
    condition = anytrue([
      for s in data.aws_iam_policy_document.plan.statement : contains(s.actions, "states:ValidateStateMachineDefinition") && contains(s.resources, "*")
      ]) && anytrue([
      for s in data.aws_iam_policy_document.plan.statement : contains(s.actions, "s3:ListBucket") && s.resources == toset([
        for bucket in ["lake", "artefacts", "logs"] : "arn:aws:s3:::example-pairlake-dev-${bucket}"
      ])
    ])
    error_message = "A plan finds the buckets, and has changed machines validated; an apply begins with a plan."
  }

  assert {
    condition = alltrue([
      for s in data.aws_iam_policy_document.apply.statement : !contains(s.actions, "kms:CreateGrant") ||
      one([for c in s.condition : c.values if c.variable == "kms:ViaService"]) == tolist(toset([
        for service in ["dynamodb", "elasticache", "sagemaker"] : "${service}.${data.aws_region.current.name}.amazonaws.com"
      ]))
    ]) && anytrue([for s in data.aws_iam_policy_document.apply.statement : contains(s.actions, "kms:CreateGrant")])
    error_message = "It lends keys to online stores, through their services alone."
  }

  assert {
    condition = anytrue([
      for s in data.aws_iam_policy_document.apply.statement : contains(s.actions, "kms:GenerateDataKey") && anytrue([
        for c in s.condition : c.variable == "kms:ViaService" && c.values == tolist(["scheduler.${data.aws_region.current.name}.amazonaws.com"])
      ]) && length(setintersection(s.actions, ["kms:Decrypt", "kms:DescribeKey"])) == 2
    ])
    error_message = "It makes encrypted schedules."
  }

  assert {
    condition = anytrue([
      for s in data.aws_iam_policy_document.apply.statement : contains(s.actions, "route53:AssociateVPCWithHostedZone") && length(s.condition) == 0
      ]) && anytrue([
      for s in data.aws_iam_policy_document.apply.statement : contains(s.actions, "iam:ListInstanceProfilesForRole") && contains(s.actions, "iam:DeleteRole")
    ])
    error_message = "It gives endpoints their names, and looks at what the provider looks at before it deletes a role."
  }
}

run "on_glue" {
  module {
    source = "./modules/iam"
  }

  variables {
    engine          = "glue"
    application_arn = null
  }

  assert {
    condition = alltrue(flatten([for d in data.aws_iam_policy_document.job : [
      for s in d.statement : !anytrue([for action in s.actions : startswith(action, "logs:")]) ||
      s.resources == toset(["arn:aws:logs:eu-west-1:111122223333:log-group:/pairlake-dev/jobs/*"]) || s.actions == toset(["logs:DescribeLogGroups"])
    ]]))
    error_message = "Jobs write to the groups of their environment, not to those that all jobs of Glue share."
  }

  assert {
    condition = alltrue(flatten([for d in data.aws_iam_policy_document.job : [for s in d.statement :
    contains(one(s.condition).values, "Glue") if s.sid == "Figures"]]))
    error_message = "Glue puts its own figures by the job's role."
  }
}

run "nobody_asked" {
  module {
    source = "./modules/iam"
  }

  variables {
    readers    = { training = [], serving = [] }
    repository = null
  }

  assert {
    condition     = toset(keys(aws_iam_role.all)) == toset(["pipeline", "canary", "scheduler", "machine", "network"])
    error_message = "Without readers and a repository there are no roles for them."
  }
}
