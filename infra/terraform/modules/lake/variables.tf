variable "name" {
  description = "What everything is called after: pairlake-ENVIRONMENT."
  type        = string
}

variable "bucket_prefix" {
  description = "First part of the buckets' names; bucket names are unique among all accounts."
  type        = string
}

variable "noncurrent_days" {
  description = "How long an overwritten or deleted object can be brought back."
  type        = number
}

variable "log_days" {
  description = "How long access logs are kept."
  type        = number
}
