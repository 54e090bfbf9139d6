output "topic_arn" {
  description = "Where alarms go."
  value       = aws_sns_topic.alarms.arn
}

output "alarms" {
  description = "Names of the alarms; docs/runbook.md has a part for each."
  value       = concat([for a in aws_cloudwatch_metric_alarm.of_runs : a.alarm_name], [for a in aws_cloudwatch_metric_alarm.of_services : a.alarm_name])
}
