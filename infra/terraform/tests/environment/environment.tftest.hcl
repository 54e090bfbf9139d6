# One environment as a whole; check.sh gives each one's variables.

mock_provider "aws" {
  source = "./tests/mocks"
}

run "planned" {
  command = plan

  assert {
    condition     = output.metrics_namespace == "pairlake-${var.environment}"
    error_message = "It has its own name."
  }

  assert {
    condition     = var.environment != "prod" || (var.noncurrent_days >= 30 && var.log_days >= 365 && var.schedule_enabled)
    error_message = "Production keeps what it overwrites for a month, its logs for a year, and runs."
  }

  assert {
    condition     = length(output.alarms) >= 10 && contains(keys(output.role_arns), "training") && contains(keys(output.role_arns), "serving")
    error_message = "Alarms, and roles for those who read."
  }
}
