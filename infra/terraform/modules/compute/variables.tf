variable "name" {
  description = "What everything is called after: pairlake-ENVIRONMENT."
  type        = string
}

variable "engine" {
  description = "What runs Spark: emr (EMR Serverless) or glue."
  type        = string
}

variable "release" {
  description = "Release of EMR, or version of Glue."
  type        = string
}

variable "capacity" {
  description = "Most that jobs may take at once: virtual CPUs, memory and disk in GB. Glue takes a worker (G.2X) for 8 CPUs."
  type = object({
    cpus   = number
    memory = number
    disk   = number
  })
}

variable "architecture" {
  description = "ARM64 or X86_64; of EMR alone. Bundles hold compiled libraries, so it is that of the machine that made them."
  type        = string
}

variable "cidr" {
  description = "Addresses of the private network."
  type        = string
}

variable "availability_zones" {
  description = "Zones of the private network, two or more."
  type        = list(string)
}

variable "endpoint_services" {
  description = "Services that jobs speak to from the private network, as their endpoints are called: kms, logs."
  type        = set(string)
}

variable "timeout_minutes" {
  description = "When a job of Glue is given up."
  type        = number
}

variable "log_days" {
  description = "How long logs of jobs are kept."
  type        = number
}

variable "artefacts" {
  description = "Name of the bucket of bundles."
  type        = string
}

variable "key_arn" {
  description = "The key that encrypts records."
  type        = string
}

variable "operations_key_arn" {
  description = "The key that encrypts logs."
  type        = string
}

variable "role_arns" {
  description = "Roles by job: pipeline, canary."
  type        = map(string)
}

variable "flow_logs_role_arn" {
  description = "The role as which the network writes down who spoke to whom."
  type        = string
}
