# Two state machines. The pipeline runs one job at a time with the bundle in force and, when a new bundle fails, goes back
# to the last one that ran well: what is published is untouched, as a run whose gates fail publishes nothing. The canary
# runs a given bundle on a sample in a lake of its own.

locals {
  put = "arn:aws:states:::aws-sdk:ssm:putParameter"
  get = "arn:aws:states:::aws-sdk:ssm:getParameter"

  # Calls of services are turned away now and then: a throttled one must not fail a run, nor leave half of its end undone.
  patiently = [{ ErrorEquals = ["States.ALL"], IntervalSeconds = 5, MaxAttempts = 5, BackoffRate = 2 }]

  tell = { for state, text in {
    Failed     = "Pairlake ${var.name}: {} failed with bundle {}. No bundle was taken back, the last published version stays. See the runbook, run-failed."
    RolledBack = "Pairlake ${var.name}: {} failed with the new bundle {}. The last good bundle is in force again, the last published version stays. See the runbook, run-failed."
    NotTried   = "Pairlake ${var.name}: the canary ({}) failed with bundle {}, which was not moved in. See the runbook, canary-failed."
    } : state => {
    Type     = "Task"
    Resource = "arn:aws:states:::sns:publish"
    Parameters = {
      TopicArn    = var.topic_arn
      "Message.$" = "States.Format('${text}', $.command, $.bundle)"
    }
    Retry = local.patiently
    Next  = "End"
  } }

  moved = { Not = { Variable = "$.now.version", StringEqualsPath = "$.bundle" } } # what ran is no longer in force

  parameter = { for key, made in aws_ssm_parameter.bundle : key => made.name }

  pipeline = {
    Comment = "One job at a time, with the bundle in force"
    StartAt = "Settle"
    States = {
      # The list of executions lags behind: one that has just begun may be missing, this one too.
      Settle = { Type = "Wait", Seconds = 30, Next = "Queue" }
      Queue = { # the oldest execution goes on, the others wait: an object store has no lock for writers
        Type           = "Task"
        Resource       = "arn:aws:states:::aws-sdk:sfn:listExecutions"
        Parameters     = { "StateMachineArn.$" = "$$.StateMachine.Id", StatusFilter = "RUNNING" }
        ResultSelector = { "running.$" = "$.Executions[*].ExecutionArn", "count.$" = "States.ArrayLength($.Executions)" }
        ResultPath     = "$.queue"
        Retry          = local.patiently
        Next           = "Listed"
      }
      Listed = {
        Type    = "Choice"
        Choices = [{ Variable = "$.queue.count", NumericEquals = 0, Next = "Wait" }]
        Default = "Oldest"
      }
      Oldest = { # the list begins with the newest
        Type       = "Pass"
        Parameters = { "oldest.$" = "States.ArrayGetItem($.queue.running, States.MathAdd($.queue.count, -1))" }
        ResultPath = "$.queue"
        Next       = "First"
      }
      First = {
        Type    = "Choice"
        Choices = [{ Variable = "$.queue.oldest", StringEqualsPath = "$$.Execution.Id", Next = "InForce" }]
        Default = "Wait"
      }
      Wait = { Type = "Wait", Seconds = 60, Next = "Queue" }
      InForce = {
        Type           = "Task"
        Resource       = local.get
        Parameters     = { Name = local.parameter["in-force"] }
        ResultSelector = { "version.$" = "$.Parameter.Value" }
        ResultPath     = "$.found"
        Retry          = local.patiently
        Next           = "Take"
      }
      Take = {
        Type       = "Pass"
        Parameters = { "command.$" = "$.command", "bundle.$" = "$.found.version" }
        Next       = "Run"
      }
      Run = merge(local.start["pipeline"], {
        Next  = "Proven"
        Catch = [{ ErrorEquals = ["States.ALL"], ResultPath = "$.error", Next = "Blames" }]
      })
      Blames = { # what people start besides says nothing of the bundle: they may have mistyped it
        Type    = "Choice"
        Choices = [for command in ["run", "refresh", "maintain"] : { Variable = "$.command", StringEquals = command, Next = "StillIn" }]
        Default = "Failed"
      }
      Proven = { # a bundle is good once it has published; upkeep publishes nothing
        Type    = "Choice"
        Choices = [for command in ["run", "refresh"] : { Variable = "$.command", StringEquals = command, Next = "StillIn" }]
        Default = "Done"
      }
      StillIn = { # a run takes hours: somebody may have moved another bundle in meanwhile, or this one out
        Type           = "Task"
        Resource       = local.get
        Parameters     = { Name = local.parameter["in-force"] }
        ResultSelector = { "version.$" = "$.Parameter.Value" }
        ResultPath     = "$.now"
        Retry          = local.patiently
        Next           = "Good"
      }
      Good = {
        Type           = "Task"
        Resource       = local.get
        Parameters     = { Name = local.parameter["good"] }
        ResultSelector = { "version.$" = "$.Parameter.Value" }
        ResultPath     = "$.good"
        Retry          = local.patiently
        Next           = "Ended"
      }
      Ended = {
        Type    = "Choice"
        Choices = [{ Variable = "$.error", IsPresent = true, Next = "IsNew" }]
        Default = "IsBetter"
      }
      IsBetter = {
        Type = "Choice"
        Choices = [
          merge(local.moved, { Next = "Done" }),
          { Variable = "$.good.version", StringEqualsPath = "$.bundle", Next = "Done" },
          { Variable = "$.good.version", StringEquals = "none", Next = "Keep" },
        ]
        Default = "Remember"
      }
      Remember = { # what is gone back to when the numbers of this one turn out wrong
        Type       = "Task"
        Resource   = local.put
        Parameters = { Name = local.parameter["before"], "Value.$" = "$.good.version", Overwrite = true }
        ResultPath = null
        Retry      = local.patiently
        Next       = "Keep"
      }
      Keep = {
        Type       = "Task"
        Resource   = local.put
        Parameters = { Name = local.parameter["good"], "Value.$" = "$.bundle", Overwrite = true }
        Retry      = local.patiently
        Next       = "Done"
      }
      Done = { Type = "Succeed" }
      IsNew = {
        Type = "Choice"
        Choices = [
          merge(local.moved, { Next = "Failed" }),
          { Variable = "$.good.version", StringEqualsPath = "$.bundle", Next = "Failed" },
          { Variable = "$.good.version", StringEquals = "none", Next = "Failed" },
        ]
        Default = "GoBack"
      }
      GoBack = {
        Type       = "Task"
        Resource   = local.put
        Parameters = { Name = local.parameter["in-force"], "Value.$" = "$.good.version", Overwrite = true }
        ResultPath = null
        Retry      = local.patiently
        Next       = "RolledBack"
      }
      Failed     = local.tell["Failed"]
      RolledBack = local.tell["RolledBack"]
      End        = { Type = "Fail", Error = "RunFailed", Cause = "See the job's log and its report" }
    }
  }

  canary = {
    Comment = "A bundle on a sample, in a lake of its own; input: bundle, command"
    StartAt = "Run"
    States = {
      Run = merge(local.start["canary"], {
        Next  = "Passed"
        Catch = [{ ErrorEquals = ["States.ALL"], ResultPath = "$.error", Next = "NotTried" }]
      })
      Passed = {
        Type       = "Task"
        Resource   = local.put
        Parameters = { Name = local.parameter["tried"], "Value.$" = "$.bundle", Overwrite = true }
        Retry      = local.patiently
        End        = true
      }
      NotTried = local.tell["NotTried"]
      End      = { Type = "Fail", Error = "CanaryFailed", Cause = "See the job's log and its report" }
    }
  }
}

resource "aws_cloudwatch_log_group" "machines" {
  name              = "/${var.name}/machines"
  retention_in_days = var.log_days
  kms_key_id        = var.key_arn
}

resource "aws_sfn_state_machine" "pipeline" {
  name       = var.name
  role_arn   = var.role_arns["machine"]
  definition = jsonencode(local.pipeline)

  logging_configuration {
    log_destination        = "${aws_cloudwatch_log_group.machines.arn}:*"
    include_execution_data = true # commands and versions, no record
    level                  = "ALL"
  }

  tracing_configuration {
    enabled = true
  }
}

resource "aws_sfn_state_machine" "canary" {
  name       = "${var.name}-canary"
  role_arn   = var.role_arns["machine"]
  definition = jsonencode(local.canary)

  logging_configuration {
    log_destination        = "${aws_cloudwatch_log_group.machines.arn}:*"
    include_execution_data = true
    level                  = "ALL"
  }

  tracing_configuration {
    enabled = true
  }
}
