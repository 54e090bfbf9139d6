# The clock: starts the state machine, tries again when it cannot, and puts aside what it could not start.

resource "aws_sqs_queue" "not_started" {
  name                      = "${var.name}-not-started"
  kms_master_key_id         = var.key_arn
  message_retention_seconds = 1209600 # two weeks, the most
}

resource "aws_scheduler_schedule_group" "all" {
  name = var.name
}

resource "aws_scheduler_schedule" "job" {
  for_each            = var.jobs
  name                = each.key
  group_name          = aws_scheduler_schedule_group.all.name
  description         = "pairlake ${each.value.command}"
  schedule_expression = each.value.schedule
  state               = var.enabled ? "ENABLED" : "DISABLED"
  kms_key_arn         = var.key_arn

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_sfn_state_machine.pipeline.arn
    role_arn = var.role_arns["scheduler"]
    input    = jsonencode({ command = each.value.command })

    retry_policy {
      maximum_retry_attempts       = 5
      maximum_event_age_in_seconds = 3600
    }

    dead_letter_config {
      arn = aws_sqs_queue.not_started.arn
    }
  }
}

# Which bundle is in force, which one last ran well, which one did before it, and which one the canary last came through
# with. Terraform makes the places; releases and runs fill them.
resource "aws_ssm_parameter" "bundle" {
  #checkov:skip=CKV2_AWS_34:The name of a version is no secret
  #checkov:skip=CKV_AWS_337:As above
  for_each = {
    in-force = "Started by the schedule"
    good     = "Last one that a run came through with; what is gone back to"
    before   = "The good one before that; what is gone back to by hand when the good one was not"
    tried    = "Last one that the canary came through with"
  }
  name        = "/${var.name}/bundle/${each.key}"
  description = each.value
  type        = "String"
  value       = "none"

  lifecycle {
    ignore_changes = [value]
  }
}
