# What runs Spark. Neither costs anything while nothing runs.

locals {
  # Glue 5 makes the names of its groups itself, from prefix, security configuration and role. Made here before, they have
  # their key and go after log_days; those that it makes stay for ever.
  logs = "/${var.name}/jobs"
  log_groups = var.engine == "emr" ? [local.logs] : [
    for of in setproduct(keys(var.role_arns), ["error", "output"]) : "${local.logs}/${var.name}-role/${var.name}-${of[0]}/${of[1]}"
  ]
}

resource "aws_cloudwatch_log_group" "jobs" {
  for_each          = toset(local.log_groups)
  name              = each.key
  retention_in_days = var.log_days
  kms_key_id        = var.operations_key_arn
}

resource "aws_emrserverless_application" "spark" {
  count         = var.engine == "emr" ? 1 : 0
  name          = var.name
  release_label = var.release
  type          = "spark"
  architecture  = var.architecture

  maximum_capacity {
    cpu    = "${var.capacity.cpus} vCPU"
    memory = "${var.capacity.memory} GB"
    disk   = "${var.capacity.disk} GB"
  }

  network_configuration {
    subnet_ids         = [for subnet in aws_subnet.private : subnet.id]
    security_group_ids = [aws_security_group.jobs.id]
  }

  auto_start_configuration {
    enabled = true
  }

  auto_stop_configuration {
    enabled              = true
    idle_timeout_minutes = 5
  }
}

resource "aws_glue_security_configuration" "jobs" {
  count = var.engine == "glue" ? 1 : 0
  name  = var.name

  encryption_configuration {
    cloudwatch_encryption {
      cloudwatch_encryption_mode = "SSE-KMS"
      kms_key_arn                = var.operations_key_arn
    }

    job_bookmarks_encryption {
      job_bookmarks_encryption_mode = "CSE-KMS"
      kms_key_arn                   = var.operations_key_arn
    }

    s3_encryption {
      s3_encryption_mode = "SSE-KMS"
      kms_key_arn        = var.key_arn
    }
  }
}

resource "aws_glue_connection" "network" {
  count           = var.engine == "glue" ? 1 : 0
  name            = var.name
  connection_type = "NETWORK"

  physical_connection_requirements {
    availability_zone      = var.availability_zones[0]
    subnet_id              = aws_subnet.private[var.availability_zones[0]].id
    security_group_id_list = [aws_security_group.jobs.id]
  }
}

# One job for each role. What is run (script, bundle, arguments) comes with each start.
resource "aws_glue_job" "spark" {
  for_each               = var.engine == "glue" ? var.role_arns : {}
  name                   = "${var.name}-${each.key}"
  description            = "Pairlake, started by the state machine"
  role_arn               = each.value
  glue_version           = var.release
  worker_type            = "G.2X"
  number_of_workers      = max(2, floor(var.capacity.cpus / 8))
  timeout                = var.timeout_minutes
  max_retries            = 0 # the state machine retries
  connections            = [aws_glue_connection.network[0].name]
  security_configuration = aws_glue_security_configuration.jobs[0].name

  command {
    name            = "glueetl"
    python_version  = "3"
    script_location = "s3://${var.artefacts}/bundles/none/entry.py" # each start names its own
  }

  default_arguments = {
    "--datalake-formats"                = "delta"
    "--enable-metrics"                  = "true"
    "--custom-logGroup-prefix"          = local.logs
    "--python-modules-installer-option" = "--no-index" # the bundle brings every wheel; the network leads nowhere else
    "--disable-proxy-v2"                = "true"       # services of AWS too are reached through the private network
  }

  execution_property {
    max_concurrent_runs = 1
  }

  depends_on = [aws_cloudwatch_log_group.jobs] # or Glue makes them first
}
