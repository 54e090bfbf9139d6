variable "name" {
  description = "What everything is called after: pairlake-ENVIRONMENT."
  type        = string
}

variable "engine" {
  description = "What runs Spark: emr or glue."
  type        = string
}

variable "jobs" {
  description = "What is run when: command of Pairlake, and a schedule in EventBridge's words (cron(…) or rate(…))."
  type        = map(object({ command = string, schedule = string }))
}

variable "enabled" {
  description = "Whether the schedule starts anything."
  type        = bool
}

variable "retries" {
  description = "How often a run that failed is begun anew before it is given up."
  type        = number
}

variable "timeout_minutes" {
  description = "When a run is given up."
  type        = number
}

variable "application_id" {
  description = "EMR application; null with Glue."
  type        = string
}

variable "glue_jobs" {
  description = "Jobs of Glue by role (pipeline, canary); empty with EMR."
  type        = map(string)
}

variable "role_arns" {
  description = "Roles by what they are for."
  type        = map(string)
}

variable "artefacts" {
  description = "Name of the bucket of bundles and settings."
  type        = string
}

variable "secret_arns" {
  description = "Secrets that jobs put into their environment."
  type        = list(string)
}

variable "log_group" {
  description = "Log group of the jobs on EMR."
  type        = string
}

variable "key_arn" {
  description = "The key that encrypts logs and messages."
  type        = string
}

variable "topic_arn" {
  description = "Who is told of a run that failed."
  type        = string
}

variable "log_days" {
  description = "How long the state machines' own logs are kept."
  type        = number
}
