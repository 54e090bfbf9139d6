# Every promise has an alarm, and every alarm tells somebody.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name           = "pairlake-dev"
  emails         = ["pairlake@example.com"]
  key_arn        = "arn:aws:kms:eu-west-1:111122223333:key/operations"
  objectives     = { fresh_hours = 36, quarantined_share = 0.05, run_seconds = 3600 }
  monthly_budget = 100
  queue          = "pairlake-dev-not-started"
  tables         = ["pairlake_dev.online_entities"]

  machine_arns = {
    pipeline = "arn:aws:states:eu-west-1:111122223333:stateMachine:pairlake-dev"
    canary   = "arn:aws:states:eu-west-1:111122223333:stateMachine:pairlake-dev-canary"
  }
}

run "alarms" {
  module {
    source = "./modules/observability"
  }

  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.of_runs), values(aws_cloudwatch_metric_alarm.of_services)) :
      contains(alarm.alarm_actions, aws_sns_topic.alarms.arn)
    ])
    error_message = "Alarms tell the topic."
  }

  assert {
    condition     = alltrue([for n in aws_budgets_budget.month.notification : contains(n.subscriber_sns_topic_arns, aws_sns_topic.alarms.arn)])
    error_message = "So does the budget."
  }

  assert {
    condition     = aws_sns_topic.alarms.kms_master_key_id == var.key_arn && length(aws_sns_topic_subscription.email) == 1
    error_message = "The topic is encrypted, and somebody listens."
  }

  assert {
    condition     = toset(["stale", "gate-failed", "quarantined", "fallback", "slow"]) == toset(keys(aws_cloudwatch_metric_alarm.of_runs))
    error_message = "Freshness, gates, quarantine, fallbacks and time are promised."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.of_runs["stale"].treat_missing_data == "breaching" && aws_cloudwatch_metric_alarm.of_runs["stale"].evaluation_periods == 36
    error_message = "Nothing at all is stale, too."
  }

  assert {
    condition = alltrue([
      for metric in ["run_succeeded", "gates_failed", "fallbacks", "quarantined_share"] : strcontains(aws_cloudwatch_dashboard.all.dashboard_body, metric)
    ])
    error_message = "The dashboard shows what is promised."
  }
}
