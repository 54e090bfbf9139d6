output "lake" {
  description = "Bucket of the tables: its name and ARN."
  value       = { name = aws_s3_bucket.all["lake"].id, arn = aws_s3_bucket.all["lake"].arn }
}

output "artefacts" {
  description = "Bucket of bundles and settings: its name and ARN."
  value       = { name = aws_s3_bucket.all["artefacts"].id, arn = aws_s3_bucket.all["artefacts"].arn }
}

output "key_arn" {
  description = "The key that encrypts records, in tables, stores and bundles."
  value       = aws_kms_key.lake.arn
}

output "operations_key_arn" {
  description = "The key that encrypts logs, messages and alarms."
  value       = aws_kms_key.operations.arn
}
