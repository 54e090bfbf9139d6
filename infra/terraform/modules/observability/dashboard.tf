# One page: is it fresh, is it whole, what does it do.

locals {
  shown = [
    { title = "Published (1) or not", metrics = ["run_succeeded"] },
    { title = "Gates failed, steps down", metrics = ["gates_failed", "fallbacks"] },
    { title = "Share of rows turned away", metrics = ["quarantined_share"] },
    { title = "Seconds of a run", metrics = ["run_seconds"] },
    { title = "Records read", metrics = ["records_read"] },
    { title = "Pairs in force", metrics = ["pairs_in_force"] },
  ]
}

resource "aws_cloudwatch_dashboard" "all" {
  dashboard_name = var.name
  dashboard_body = jsonencode({
    widgets = concat(
      [{
        type       = "alarm", x = 0, y = 0, width = 24, height = 4
        properties = { title = "Promises", alarms = [for alarm in aws_cloudwatch_metric_alarm.of_runs : alarm.arn] }
      }],
      [for i, one in local.shown : {
        type = "metric", x = (i % 3) * 8, y = 4 + floor(i / 3) * 6, width = 8, height = 6
        properties = {
          title   = one.title
          region  = data.aws_region.current.name
          metrics = [for metric in one.metrics : [var.name, metric]]
          stat    = "Maximum"
          period  = 3600
        }
      }],
    )
  })
}
