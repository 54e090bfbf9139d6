variable "name" {
  description = "What everything is called after: pairlake-ENVIRONMENT; the namespace of its figures."
  type        = string
}

variable "emails" {
  description = "Who is told."
  type        = list(string)
}

variable "key_arn" {
  description = "The key that encrypts messages."
  type        = string
}

variable "objectives" {
  description = "What is promised: hours since the last publication, share of rows turned away, seconds of a run."
  type = object({
    fresh_hours       = number
    quarantined_share = number
    run_seconds       = number
  })
}

variable "monthly_budget" {
  description = "US dollars a month."
  type        = number
}

variable "machine_arns" {
  description = "State machines by what they are for."
  type        = map(string)
}

variable "queue" {
  description = "Queue of runs that could not be started."
  type        = string
}

variable "tables" {
  description = "DynamoDB tables of the online store."
  type        = list(string)
}
