# One alarm for each promise. Figures of a run come from `[metrics] cloudwatch`; docs/runbook.md has a part for each.

locals {
  hour = 3600
  day  = 86400

  of_runs = {
    stale = {
      tells  = "No run or refresh has published for ${var.objectives.fresh_hours} hours"
      metric = "run_succeeded", statistic = "Maximum", than = "LessThanThreshold", threshold = 1
      period = local.hour, periods = var.objectives.fresh_hours, missing = "breaching"
    }
    gate-failed = {
      tells  = "A table did not pass its gate and was not published"
      metric = "gates_failed", statistic = "Maximum", than = "GreaterThanThreshold", threshold = 0
      period = local.hour, periods = 1, missing = "notBreaching"
    }
    quarantined = {
      tells  = "More of a table's rows were turned away than is usual"
      metric = "quarantined_share", statistic = "Maximum", than = "GreaterThanThreshold", threshold = var.objectives.quarantined_share
      period = local.hour, periods = 1, missing = "notBreaching"
    }
    fallback = {
      tells  = "A run stepped down: it went on with less than it should have had"
      metric = "fallbacks", statistic = "Maximum", than = "GreaterThanThreshold", threshold = 0
      period = local.hour, periods = 1, missing = "notBreaching"
    }
    slow = {
      tells  = "A run took longer than ${var.objectives.run_seconds} seconds"
      metric = "run_seconds", statistic = "Maximum", than = "GreaterThanThreshold", threshold = var.objectives.run_seconds
      period = local.hour, periods = 1, missing = "notBreaching"
    }
  }

  of_services = merge(
    { for machine, arn in var.machine_arns : "${machine == "pipeline" ? "run" : machine}-failed" => {
      tells     = "The state machine ${machine} ended in a failure"
      namespace = "AWS/States", metric = "ExecutionsFailed", dimensions = { StateMachineArn = arn }
    } },
    { for machine, arn in var.machine_arns : "${machine == "pipeline" ? "run" : machine}-aborted" => {
      tells     = "An execution of the state machine ${machine} was stopped by hand"
      namespace = "AWS/States", metric = "ExecutionsAborted", dimensions = { StateMachineArn = arn }
    } },
    { not-started = {
      tells     = "The schedule could not start a run"
      namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", dimensions = { QueueName = var.queue }
    } },
    { for table in var.tables : "throttled-${split(".", table)[1]}" => {
      tells     = "Lookups of ${table} are turned away"
      namespace = "AWS/DynamoDB", metric = "ReadThrottleEvents", dimensions = { TableName = table }
    } },
  )
}

resource "aws_cloudwatch_metric_alarm" "of_runs" {
  for_each            = local.of_runs
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.tells}. Runbook: docs/runbook.md#${each.key}"
  namespace           = var.name
  metric_name         = each.value.metric
  statistic           = each.value.statistic
  comparison_operator = each.value.than
  threshold           = each.value.threshold
  period              = each.value.period
  evaluation_periods  = each.value.periods
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "of_services" {
  for_each            = local.of_services
  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.tells}. Runbook: docs/runbook.md#${each.key}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# What this environment costs, by the tag application, before and after it is too much.
resource "aws_budgets_budget" "month" {
  name         = "${var.name}-cost"
  budget_type  = "COST"
  limit_amount = tostring(var.monthly_budget)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  cost_filter {
    name   = "TagKeyValue"
    values = [format("user:application$%s", var.name)]
  }

  dynamic "notification" {
    for_each = { ACTUAL = 80, FORECASTED = 100 }

    content {
      comparison_operator       = "GREATER_THAN"
      threshold                 = notification.value
      threshold_type            = "PERCENTAGE"
      notification_type         = notification.key
      subscriber_sns_topic_arns = [aws_sns_topic.alarms.arn]
    }
  }
}
