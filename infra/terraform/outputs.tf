output "lake_bucket" {
  description = "Where the tables live; goes into jobs/settings/aws.toml."
  value       = aws_s3_bucket.lake.id
}

output "lake_key_arn" {
  description = "The key that jobs must be allowed to use."
  value       = aws_kms_key.lake.arn
}
