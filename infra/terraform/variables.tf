variable "region" {
  description = "Region of the lake and of all that reads it."
  type        = string
  default     = "eu-west-1"
}

variable "environment" {
  description = "Which of the separate copies this is."
  type        = string

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "The environment is one of dev, staging, prod."
  }
}

variable "lake_bucket_name" {
  description = "Name of the lake's bucket; bucket names are unique among all accounts, so it has no default."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.lake_bucket_name))
    error_message = "A bucket name has 3 to 63 characters: lower-case letters, digits and hyphens, no hyphen at an end."
  }
}

variable "noncurrent_days" {
  description = "How long an overwritten or deleted object can be brought back. Erasure of a person is complete only after it."
  type        = number
  default     = 30

  validation {
    condition     = var.noncurrent_days >= 1 && floor(var.noncurrent_days) == var.noncurrent_days
    error_message = "A whole number of days, at least 1."
  }
}
