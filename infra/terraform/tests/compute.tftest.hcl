# Jobs run in a network without a way out, up to a limit, and their logs are encrypted.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name               = "pairlake-dev"
  engine             = "emr"
  release            = "emr-7.13.0"
  capacity           = { cpus = 16, memory = 64, disk = 200 }
  architecture       = "X86_64"
  cidr               = "10.60.0.0/20"
  availability_zones = ["eu-west-1a", "eu-west-1b"]
  endpoint_services  = ["kms", "logs"]
  timeout_minutes    = 60
  log_days           = 90
  artefacts          = "example-artefacts"
  key_arn            = "arn:aws:kms:eu-west-1:111122223333:key/lake"
  operations_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/operations"
  flow_logs_role_arn = "arn:aws:iam::111122223333:role/pairlake-dev-network"

  role_arns = {
    pipeline = "arn:aws:iam::111122223333:role/pairlake-dev-pipeline"
    canary   = "arn:aws:iam::111122223333:role/pairlake-dev-canary"
  }
}

run "on_emr" {
  module {
    source = "./modules/compute"
  }

  assert {
    condition     = one(aws_emrserverless_application.spark[0].maximum_capacity).cpu == "16 vCPU" && length(aws_glue_job.spark) == 0
    error_message = "No more than was allowed, and no other engine."
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.private : subnet.map_public_ip_on_launch == false])
    error_message = "No worker has a public address."
  }

  assert {
    condition = alltrue([
      for rule in concat([aws_vpc_security_group_egress_rule.among_workers, aws_vpc_security_group_egress_rule.to_endpoints], values(aws_vpc_security_group_egress_rule.to_gateways)) :
      rule.cidr_ipv4 == null && rule.cidr_ipv6 == null
    ])
    error_message = "Workers reach services of AWS and one another, nothing else."
  }

  assert {
    condition     = alltrue([for group in concat(values(aws_cloudwatch_log_group.jobs), [aws_cloudwatch_log_group.network]) : group.kms_key_id == var.operations_key_arn && group.retention_in_days == 90])
    error_message = "Logs are encrypted, and go after a while."
  }

  assert {
    condition     = toset(keys(aws_cloudwatch_log_group.jobs)) == toset(["/pairlake-dev/jobs"]) && output.log_group == "/pairlake-dev/jobs"
    error_message = "Jobs on EMR write to one group."
  }
}

run "on_glue" {
  module {
    source = "./modules/compute"
  }

  variables {
    engine  = "glue"
    release = "5.1"
  }

  assert {
    condition     = length(aws_emrserverless_application.spark) == 0 && toset(keys(aws_glue_job.spark)) == toset(["pipeline", "canary"])
    error_message = "A job for each role, and no other engine."
  }

  assert {
    condition = alltrue([for job in aws_glue_job.spark :
      job.security_configuration == aws_glue_security_configuration.jobs[0].name && length(job.connections) == 1 &&
      one(job.execution_property).max_concurrent_runs == 1 && job.number_of_workers == 2
    ])
    error_message = "Encrypted, in the network, one at a time, no more than was allowed."
  }

  assert {
    condition = (
      one(one(aws_glue_security_configuration.jobs[0].encryption_configuration).s3_encryption).s3_encryption_mode == "SSE-KMS" &&
      one(one(aws_glue_security_configuration.jobs[0].encryption_configuration).cloudwatch_encryption).cloudwatch_encryption_mode == "SSE-KMS"
    )
    error_message = "What Glue writes is encrypted."
  }

  assert {
    condition = toset(keys(aws_cloudwatch_log_group.jobs)) == toset(flatten([
      for role in ["pipeline", "canary"] : [for kind in ["error", "output"] : "/pairlake-dev/jobs/pairlake-dev-role/pairlake-dev-${role}/${kind}"]
      ])) && alltrue([
      for group in aws_cloudwatch_log_group.jobs : group.kms_key_id == var.operations_key_arn && group.retention_in_days == 90
    ])
    error_message = "The groups that Glue would make are there, with their key, and what is in them goes after a while."
  }

  assert {
    condition = alltrue([for job in aws_glue_job.spark :
      job.default_arguments["--custom-logGroup-prefix"] == "/pairlake-dev/jobs" && !anytrue([
        for argument in keys(job.default_arguments) : strcontains(argument, "continuous")
      ])
    ])
    error_message = "Jobs on Glue 5 are told where to write in words that it knows."
  }
}
