# Runs start, one at a time; what fails is tried again, told, and taken back.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name            = "pairlake-dev"
  engine          = "emr"
  jobs            = { refresh = { command = "refresh", schedule = "rate(1 day)" } }
  enabled         = true
  retries         = 2
  timeout_minutes = 60
  application_id  = "00example"
  glue_jobs       = {}
  artefacts       = "example-artefacts"
  secret_arns     = ["arn:aws:secretsmanager:eu-west-1:111122223333:secret:keys-AbCdEf"]
  log_group       = "/pairlake-dev/jobs"
  key_arn         = "arn:aws:kms:eu-west-1:111122223333:key/operations"
  topic_arn       = "arn:aws:sns:eu-west-1:111122223333:pairlake-dev-alarms"
  log_days        = 90

  role_arns = {
    pipeline  = "arn:aws:iam::111122223333:role/pairlake-dev-pipeline"
    canary    = "arn:aws:iam::111122223333:role/pairlake-dev-canary"
    scheduler = "arn:aws:iam::111122223333:role/pairlake-dev-scheduler"
    machine   = "arn:aws:iam::111122223333:role/pairlake-dev-machine"
  }
}

run "on_emr" {
  module {
    source = "./modules/schedule"
  }

  assert {
    condition = alltrue([for s in aws_scheduler_schedule.job :
      one(one(s.target).retry_policy).maximum_retry_attempts > 0 &&
      one(one(s.target).dead_letter_config).arn == aws_sqs_queue.not_started.arn
    ])
    error_message = "A start is tried again, and put aside when it cannot be."
  }

  assert {
    condition     = aws_sqs_queue.not_started.kms_master_key_id == var.key_arn
    error_message = "What was put aside is encrypted."
  }

  assert {
    condition     = local.pipeline.States.Run.Retry[0].MaxAttempts == 2 && local.canary.States.Run.Retry[0].MaxAttempts == 0
    error_message = "A run is begun anew; a canary fails at once."
  }

  assert {
    condition = alltrue([for machine in [local.pipeline, local.canary] : alltrue([
      for name, state in machine.States : state.Type != "Task" || length(try(state.Retry, [])) > 0
    ])])
    error_message = "What is asked of a service is asked again when it is turned away."
  }

  assert {
    condition = (
      local.pipeline.StartAt == "Settle" && local.pipeline.States.Settle.Type == "Wait" && local.pipeline.States.Settle.Seconds >= 30 &&
      local.pipeline.States[local.pipeline.States.Queue.Next].Choices[0].Next == "Wait"
    )
    error_message = "The list of executions has time to hold this one, and a run waits while it does not."
  }

  assert {
    condition = alltrue([for machine in [local.pipeline, local.canary] : alltrue([
      for name, state in machine.States : try(state.Next, null) == null ? true : contains(keys(machine.States), state.Next)
    ])])
    error_message = "Every state leads to one that is there."
  }

  assert {
    condition     = toset([for choice in local.pipeline.States.Proven.Choices : choice.StringEquals]) == toset(["run", "refresh"])
    error_message = "A bundle is good once it has published."
  }

  assert {
    condition = (
      local.pipeline.States.Run.Catch[0].Next == "Blames" && local.pipeline.States.Blames.Default == "Failed" && alltrue([
        for choice in local.pipeline.States.Blames.Choices : choice.Next == "StillIn" && contains(["run", "refresh", "maintain"], choice.StringEquals)
      ]) && local.pipeline.States.IsNew.Default == "GoBack" &&
      local.pipeline.States.GoBack.Parameters.Name == aws_ssm_parameter.bundle["in-force"].name
    )
    error_message = "A new bundle is taken back when a run, a refresh or upkeep fails with it, and by nothing else."
  }

  assert {
    condition = (
      local.pipeline.States.StillIn.Parameters.Name == aws_ssm_parameter.bundle["in-force"].name && alltrue([
        for choice in [local.pipeline.States.IsNew.Choices[0], local.pipeline.States.IsBetter.Choices[0]] :
        choice.Not.Variable == "$.now.version" && choice.Not.StringEqualsPath == "$.bundle" && contains(["Failed", "Done"], choice.Next)
      ]) && alltrue([for choice in local.pipeline.States.Proven.Choices : choice.Next == "StillIn"])
    )
    error_message = "A bundle that was moved out while it ran is neither kept nor taken back."
  }

  assert {
    condition = (
      local.pipeline.States.IsBetter.Default == "Remember" && local.pipeline.States.Remember.Next == "Keep" &&
      local.pipeline.States.Remember.Parameters.Name == aws_ssm_parameter.bundle["before"].name &&
      local.pipeline.States.Remember.Parameters["Value.$"] == "$.good.version"
    )
    error_message = "The good bundle before the good one is remembered."
  }

  assert {
    condition = (
      local.pipeline.States.Run.Parameters.ExecutionRoleArn == var.role_arns["pipeline"] &&
      local.canary.States.Run.Parameters.ExecutionRoleArn == var.role_arns["canary"]
    )
    error_message = "Each machine starts jobs as its own role."
  }

  assert {
    condition = (
      local.pipeline.States.Run.Parameters.JobDriver.SparkSubmit["EntryPointArguments.$"] ==
      "States.Array('--command', $.command, '--settings', 's3://example-artefacts/settings/pipeline.toml', '--region', 'eu-west-1', '--secrets', '${var.secret_arns[0]}')"
    )
    error_message = "A job is told its command in one piece, its settings, its region and its secrets, which it reads itself."
  }

  assert {
    condition = alltrue([for machine in [local.pipeline, local.canary] :
      strcontains(machine.States.Run.Parameters.JobDriver.SparkSubmit["SparkSubmitParameters.$"], "--conf spark.ssl.internode.enabled=true")
    ])
    error_message = "Workers on EMR speak to one another over TLS."
  }

  assert {
    condition = alltrue([for machine in [local.pipeline, local.canary] : alltrue([
      for logs in [machine.States.Run.Parameters.ConfigurationOverrides.MonitoringConfiguration] :
      !logs.ManagedPersistenceMonitoringConfiguration.Enabled && logs.CloudWatchLoggingConfiguration.LogGroupName == var.log_group &&
      !contains(keys(logs.CloudWatchLoggingConfiguration), "EncryptionKeyArn") &&
      toset(keys(logs.CloudWatchLoggingConfiguration.LogTypes)) == toset(["SPARK_DRIVER", "SPARK_EXECUTOR"])
    ])])
    error_message = "Logs of driver and workers lie in the group that was made for them, and nowhere else."
  }

  assert {
    condition     = !anytrue([for name, state in local.canary.States : try(state.Parameters.Name, "") == aws_ssm_parameter.bundle["in-force"].name])
    error_message = "A canary moves no bundle in."
  }
}

run "on_glue" {
  module {
    source = "./modules/schedule"
  }

  variables {
    engine    = "glue"
    enabled   = false
    glue_jobs = { pipeline = "pairlake-dev-pipeline", canary = "pairlake-dev-canary" }
  }

  assert {
    condition = (
      local.pipeline.States.Run.Resource == "arn:aws:states:::glue:startJobRun.sync" &&
      local.pipeline.States.Run.Parameters.JobName == "pairlake-dev-pipeline"
    )
    error_message = "The same machine, with jobs of Glue."
  }

  assert {
    condition = (
      local.pipeline.States.Run.Parameters.Arguments["--region"] == "eu-west-1" &&
      local.pipeline.States.Run.Parameters.Arguments["--secrets"] == var.secret_arns[0]
    )
    error_message = "The same arguments, as Glue gives them."
  }

  assert {
    condition     = alltrue([for s in aws_scheduler_schedule.job : s.state == "DISABLED"])
    error_message = "A schedule that is switched off starts nothing."
  }
}
