variable "name" {
  description = "What everything is called after: pairlake-ENVIRONMENT."
  type        = string
}

variable "engine" {
  description = "What runs Spark: emr or glue."
  type        = string
}

variable "lake" {
  description = "Bucket of the tables: name, ARN."
  type        = object({ name = string, arn = string })
}

variable "artefacts" {
  description = "Bucket of bundles and settings: name, ARN."
  type        = object({ name = string, arn = string })
}

variable "key_arn" {
  description = "The key that encrypts records."
  type        = string
}

variable "operations_key_arn" {
  description = "The key that encrypts logs, messages and alarms."
  type        = string
}

variable "sources" {
  description = "Where records come from: bucket, prefix without a slash at its end, and the key's ARN where it has one."
  type        = list(object({ bucket = string, prefix = string, key_arn = optional(string) }))
}

variable "secret_arns" {
  description = "Secrets that jobs may read: the secret of blocking keys, the password of an online store."
  type        = list(string)
}

variable "online_store" {
  description = "dynamodb, redis, sagemaker, or none."
  type        = string
}

variable "application_arn" {
  description = "EMR application that jobs run on; null with Glue."
  type        = string
}

variable "readers" {
  description = "Accounts that read, by what they do (training, serving): each with the external id it must show."
  type        = map(list(object({ account_id = string, external_id = string })))
}

variable "repository" {
  description = "Repository on GitHub whose workflows plan, apply and release: OWNER/NAME; null for none."
  type        = string
}

variable "environment" {
  description = "GitHub's environment whose approval lets workflows apply and release."
  type        = string
}

variable "state_bucket" {
  description = "Bucket of Terraform's state, for the workflows; null for none."
  type        = string
}

variable "bucket_prefix" {
  description = "First part of the buckets' names."
  type        = string
}
