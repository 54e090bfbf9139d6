# What an environment may say; what is wrong is refused in words before anything is made.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment   = "dev"
  bucket_prefix = "example"
}

run "wrong_values_are_refused" {
  command = plan

  variables {
    environment        = "production"
    bucket_prefix      = "Example_Bank"
    account_ids        = ["1111-2222-3333"]
    availability_zones = ["eu-west-1a"]
    noncurrent_days    = 0
    log_days           = 45
    engine             = "emr"
    release            = "5.1"
    capacity           = { cpus = 1, memory = 1, disk = 1 }
    cidr               = "10.60.0.0/28"
    online_store       = "sqlite"
    redis_node_type    = "large"
    redis_readers      = ["0.0.0.0/0"]
    architecture       = "mips"
    sources            = [{ bucket = "registers", prefix = "*" }]
    secret_arns        = ["*"]
    jobs               = { often = { command = "rm -rf", schedule = "hourly" } }
    retries            = 0
    timeout_minutes    = 1
    training_accounts  = [{ account_id = "111122223333", external_id = "guess" }]
    serving_accounts   = [{ account_id = "*", external_id = "put-16-characters-or-more-here" }]
    repository         = "example/*"
    emails             = ["nobody"]
    objectives         = { fresh_hours = 0, quarantined_share = 0, run_seconds = 1 }
    monthly_budget     = 0
  }

  expect_failures = [
    var.environment, var.bucket_prefix, var.account_ids, var.availability_zones, var.noncurrent_days,
    var.log_days, var.release, var.capacity, var.cidr, var.online_store, var.redis_node_type, var.redis_readers, var.architecture, var.sources, var.secret_arns,
    var.jobs, var.retries, var.timeout_minutes, var.training_accounts, var.serving_accounts, var.repository, var.emails,
    var.objectives, var.monthly_budget,
  ]
}

run "so_is_a_region_that_is_none" {
  command = plan

  variables {
    region = "Ireland"
  }

  expect_failures = [var.region]
}
