# One environment. What makes dev, staging and prod differ stands in envs/ENVIRONMENT/environment.tfvars, and nowhere else.

locals {
  name = "pairlake-${var.environment}"

  # What jobs speak to from a network without a way out; S3 and DynamoDB are reached through gateways.
  endpoints = setunion(
    ["kms", "logs", "monitoring", "secretsmanager", "sts"],
    var.engine == "glue" ? ["glue"] : [],
    var.online_store == "sagemaker" ? ["sagemaker.api", "sagemaker.featurestore-runtime"] : [],
  )
}

module "lake" {
  source          = "./modules/lake"
  name            = local.name
  bucket_prefix   = var.bucket_prefix
  noncurrent_days = var.noncurrent_days
  log_days        = var.log_days
}

module "iam" {
  source             = "./modules/iam"
  name               = local.name
  engine             = var.engine
  lake               = module.lake.lake
  artefacts          = module.lake.artefacts
  key_arn            = module.lake.key_arn
  operations_key_arn = module.lake.operations_key_arn
  sources            = var.sources
  secret_arns        = var.secret_arns
  online_store       = var.online_store
  application_arn    = try(module.compute.application.arn, null)
  readers            = { training = var.training_accounts, serving = var.serving_accounts }
  repository         = var.repository
  environment        = var.environment
  state_bucket       = var.state_bucket
  bucket_prefix      = var.bucket_prefix
}

module "compute" {
  source             = "./modules/compute"
  name               = local.name
  engine             = var.engine
  release            = var.release
  capacity           = var.capacity
  architecture       = var.architecture
  cidr               = var.cidr
  availability_zones = var.availability_zones
  endpoint_services  = local.endpoints
  timeout_minutes    = var.timeout_minutes
  log_days           = var.log_days
  artefacts          = module.lake.artefacts.name
  key_arn            = module.lake.key_arn
  operations_key_arn = module.lake.operations_key_arn
  role_arns          = { for role in ["pipeline", "canary"] : role => module.iam.role_arns[role] }
  flow_logs_role_arn = module.iam.role_arns["network"]
}

module "feature_store" {
  source              = "./modules/feature_store"
  name                = local.name
  online_store        = var.online_store
  feature_groups_file = coalesce(var.feature_groups_file, "${path.root}/feature_groups.json")
  key_arn             = module.lake.key_arn
  role_arn            = try(module.iam.role_arns["feature-store"], null)
  offline_uri         = "s3://${module.lake.lake.name}/feature-store"
  network             = module.compute.network
  redis_node_type     = var.redis_node_type
  redis_readers       = var.redis_readers
}

module "schedule" {
  source          = "./modules/schedule"
  name            = local.name
  engine          = var.engine
  jobs            = var.jobs
  enabled         = var.schedule_enabled
  retries         = var.retries
  timeout_minutes = var.timeout_minutes
  application_id  = try(module.compute.application.id, null)
  glue_jobs       = module.compute.glue_jobs
  role_arns       = module.iam.role_arns
  artefacts       = module.lake.artefacts.name
  secret_arns     = var.secret_arns
  log_group       = module.compute.log_group
  key_arn         = module.lake.operations_key_arn
  topic_arn       = module.observability.topic_arn
  log_days        = var.log_days
}

module "observability" {
  source         = "./modules/observability"
  name           = local.name
  emails         = var.emails
  key_arn        = module.lake.operations_key_arn
  objectives     = var.objectives
  monthly_budget = var.monthly_budget
  machine_arns   = module.schedule.machine_arns
  queue          = module.schedule.queue
  tables         = module.feature_store.tables
}
