# What makes this environment differ. Account ids, addresses and names are placeholders: put yours in their place.

environment        = "staging"
region             = "eu-west-1"
availability_zones = ["eu-west-1a", "eu-west-1b"]
account_ids        = ["111122223333"]
bucket_prefix      = "example"
state_bucket       = "example-pairlake-state"
repository         = "example/pairlake"

engine           = "emr"
release          = "emr-7.13.0"
capacity         = { cpus = 32, memory = 128, disk = 400 }
online_store     = "dynamodb"
schedule_enabled = true
sources          = [{ bucket = "example-registers-staging", prefix = "parties" }]

training_accounts = [{ account_id = "111122223333", external_id = "put-16-characters-or-more-here" }]
serving_accounts  = [{ account_id = "111122223333", external_id = "put-16-characters-or-more-here" }]

noncurrent_days = 14
log_days        = 90
emails          = ["pairlake-staging@example.com"]
objectives      = { fresh_hours = 48, quarantined_share = 0.1, run_seconds = 14400 }
monthly_budget  = 300
