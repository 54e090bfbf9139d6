output "tables" {
  description = "Names of the DynamoDB tables; empty with another store."
  value       = [for table in aws_dynamodb_table.online : table.name]
}

output "groups" {
  description = "Names of the SageMaker feature groups; empty with another store."
  value       = [for group in aws_sagemaker_feature_group.of_table : group.feature_group_name]
}

output "redis_endpoint" {
  description = "Host of Redis, port 6379, over TLS; null with another store."
  value       = one(aws_elasticache_replication_group.online[*].primary_endpoint_address)
}
