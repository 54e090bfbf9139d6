output "lake" {
  description = "Root of the tables: `lake` in settings/pipeline.toml."
  value       = "s3://${module.lake.lake.name}/lake"
}

output "canary_lake" {
  description = "Root of the canary's tables: `lake` in settings/canary.toml."
  value       = "s3://${module.lake.lake.name}/canary"
}

output "artefacts" {
  description = "Where bundles and settings lie."
  value       = "s3://${module.lake.artefacts.name}"
}

output "metrics_namespace" {
  description = "`[metrics] cloudwatch` in settings/pipeline.toml; what the alarms look at."
  value       = local.name
}

output "key_arn" {
  description = "The key that encrypts records."
  value       = module.lake.key_arn
}

output "role_arns" {
  description = "Every role by what it is for."
  value       = module.iam.role_arns
}

output "machine_arns" {
  description = "State machines: pipeline and canary."
  value       = module.schedule.machine_arns
}

output "online_store" {
  description = "Names of tables or feature groups, or the host of Redis, by the store that was chosen."
  value = {
    tables   = module.feature_store.tables
    groups   = module.feature_store.groups
    endpoint = module.feature_store.redis_endpoint
  }
}

output "network" {
  description = "The private network, which other networks that read Redis are peered with: vpc_id, route_table_id."
  value       = { vpc_id = module.compute.network.vpc_id, route_table_id = module.compute.network.route_table_id }
}

output "alarms" {
  description = "Names of the alarms; docs/runbook.md has a part for each."
  value       = module.observability.alarms
}
