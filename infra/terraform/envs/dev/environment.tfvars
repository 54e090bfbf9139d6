# What makes this environment differ. Account ids, addresses and names are placeholders: put yours in their place.

environment        = "dev"
region             = "eu-west-1"
availability_zones = ["eu-west-1a", "eu-west-1b"]
account_ids        = ["111122223333"]
bucket_prefix      = "example"
state_bucket       = "example-pairlake-state"
repository         = "example/pairlake"

engine           = "emr"
release          = "emr-7.13.0"
capacity         = { cpus = 16, memory = 64, disk = 200 }
online_store     = "dynamodb"
schedule_enabled = false
sources          = [{ bucket = "example-registers-dev", prefix = "parties" }]

training_accounts = [{ account_id = "111122223333", external_id = "put-16-characters-or-more-here" }]
serving_accounts  = [{ account_id = "111122223333", external_id = "put-16-characters-or-more-here" }]

noncurrent_days = 7
log_days        = 30
emails          = ["pairlake-dev@example.com"]
objectives      = { fresh_hours = 168, quarantined_share = 0.2, run_seconds = 7200 }
monthly_budget  = 100
