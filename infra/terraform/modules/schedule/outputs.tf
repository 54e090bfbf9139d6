output "machine_arns" {
  description = "The state machines: pipeline and canary."
  value       = { pipeline = aws_sfn_state_machine.pipeline.arn, canary = aws_sfn_state_machine.canary.arn }
}

output "queue" {
  description = "Name of the queue of runs that could not be started."
  value       = aws_sqs_queue.not_started.name
}

output "parameters" {
  description = "Names of the parameters that say which bundle is in force, good, good before that, tried."
  value       = { for key, made in aws_ssm_parameter.bundle : key => made.name }
}
