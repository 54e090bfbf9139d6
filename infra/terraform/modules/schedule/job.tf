# How a state machine starts a job and waits for its end, on either engine. $.bundle is the version, $.command what to
# run. Of a bundle (infra/bundle.py), these lie under bundles/VERSION/: entry.py, pairlake.zip, and for EMR
# environment.tar.gz, for Glue wheels.gluewheels.zip. tests/bundle submits one in the same way.

data "aws_region" "current" {}

locals {
  bundle   = "s3://${var.artefacts}/bundles/{}"
  settings = { for role in ["pipeline", "canary"] : role => "s3://${var.artefacts}/settings/${role}.toml" }
  python   = "./environment/bin/python"

  # What entry.py is told besides: no platform says for sure where it is, and secrets have no place in settings.
  told = merge(
    { "--region" = data.aws_region.current.name },
    length(var.secret_arns) > 0 ? { "--secrets" = join(",", var.secret_arns) } : {},
  )

  submit = join(" ", [
    "--py-files ${local.bundle}/pairlake.zip",
    "--conf spark.archives=${local.bundle}/environment.tar.gz#environment",
    "--conf spark.emr-serverless.driverEnv.PYSPARK_DRIVER_PYTHON=${local.python}",
    "--conf spark.emr-serverless.driverEnv.PYSPARK_PYTHON=${local.python}",
    "--conf spark.executorEnv.PYSPARK_PYTHON=${local.python}",
    "--conf spark.jars=/usr/share/aws/delta/lib/delta-spark.jar,/usr/share/aws/delta/lib/delta-storage.jar",
    "--conf spark.ssl.internode.enabled=true", # EMR's own: TLS between workers; it encrypts their disks anyway
  ])

  of_engine = {
    emr = { for role, settings in local.settings : role => {
      ApplicationId           = var.application_id
      ExecutionRoleArn        = var.role_arns[role]
      ExecutionTimeoutMinutes = var.timeout_minutes
      "Name.$"                = "$$.Execution.Name" # a command may be longer than a name
      JobDriver = {
        SparkSubmit = {
          "EntryPoint.$"            = "States.Format('${local.bundle}/entry.py', $.bundle)"
          "EntryPointArguments.$"   = "States.Array('--command', $.command, '--settings', '${settings}', ${join(", ", [for name, value in local.told : "'${name}', '${value}'"])})"
          "SparkSubmitParameters.$" = "States.Format('${local.submit}', $.bundle, $.bundle)"
        }
      }
      ConfigurationOverrides = {
        MonitoringConfiguration = {
          CloudWatchLoggingConfiguration = { # the group has its key already
            Enabled      = true
            LogGroupName = var.log_group
            LogTypes     = { SPARK_DRIVER = ["STDOUT", "STDERR"], SPARK_EXECUTOR = ["STDOUT", "STDERR"] }
          }
          # Else EMR keeps a copy outside the account, under a key of its own, whatever log_days says.
          ManagedPersistenceMonitoringConfiguration = { Enabled = false }
        }
      }
    } }

    glue = { for role, settings in local.settings : role => {
      JobName = lookup(var.glue_jobs, role, null)
      Arguments = merge(local.told, {
        "--scriptLocation.$"            = "States.Format('${local.bundle}/entry.py', $.bundle)"
        "--extra-py-files.$"            = "States.Format('${local.bundle}/pairlake.zip', $.bundle)"
        "--additional-python-modules.$" = "States.Format('${local.bundle}/wheels.gluewheels.zip', $.bundle)"
        "--command.$"                   = "$.command"
        "--settings"                    = settings
      })
    } }
  }

  start = { for role in keys(local.settings) : role => {
    Type           = "Task"
    Resource       = "arn:aws:states:::${var.engine == "glue" ? "glue" : "emr-serverless"}:startJobRun.sync"
    Parameters     = local.of_engine[var.engine][role]
    TimeoutSeconds = var.timeout_minutes * 60
    ResultPath     = "$.job"
    Retry = [{ # a run begun anew finds what the last one left, and ends in the same tables
      ErrorEquals     = ["States.TaskFailed", "States.Timeout"]
      MaxAttempts     = role == "canary" ? 0 : var.retries
      IntervalSeconds = 300
      BackoffRate     = 2
    }]
  } }
}
