variable "environment" {
  description = "Which of the separate copies this is."
  type        = string

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "The environment is one of dev, staging, prod."
  }
}

variable "region" {
  description = "Region of the lake and of all that reads it."
  type        = string
  default     = "eu-west-1"

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "A region is called as AWS calls it: eu-west-1."
  }
}

variable "account_ids" {
  description = "Accounts that this environment may be applied to, so that it never lands in another; null for any."
  type        = list(string)
  default     = null

  validation {
    condition     = alltrue([for id in coalesce(var.account_ids, []) : can(regex("^[0-9]{12}$", id))])
    error_message = "An account id has twelve digits."
  }
}

variable "bucket_prefix" {
  description = "First part of the buckets' names, such as your company's; bucket names are unique among all accounts."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,30}$", var.bucket_prefix))
    error_message = "The prefix has 2 to 31 characters: lower-case letters, digits and hyphens, no hyphen at its beginning."
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

variable "log_days" {
  description = "How long logs are kept."
  type        = number
  default     = 365

  validation {
    condition     = contains([30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_days)
    error_message = "CloudWatch keeps logs for 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096 … 3653 days."
  }
}

variable "engine" {
  description = "What runs Spark: emr (EMR Serverless) or glue."
  type        = string
  default     = "emr"

  validation {
    condition     = contains(["emr", "glue"], var.engine)
    error_message = "The engine is emr or glue."
  }
}

variable "release" {
  description = "Release label of EMR (emr-…) or version of Glue (5.1): a platform line that Pairlake is tested on."
  type        = string
  default     = "emr-7.13.0"

  validation {
    condition     = can(regex(var.engine == "emr" ? "^emr-" : "^[0-9]+\\.[0-9]+$", var.release))
    error_message = "EMR wants a release label such as emr-7.13.0, Glue a version such as 5.1."
  }
}

variable "capacity" {
  description = "Most that all jobs together may take: virtual CPUs, GB of memory, GB of disk. docs/costs.md has sizes."
  type        = object({ cpus = number, memory = number, disk = number })
  default     = { cpus = 32, memory = 128, disk = 400 }

  validation {
    condition     = var.capacity.cpus >= 4 && var.capacity.memory >= 2 * var.capacity.cpus && var.capacity.disk >= 40
    error_message = "At least 4 CPUs, 2 GB of memory for each of them, and 40 GB of disk."
  }
}

variable "architecture" {
  description = "Of EMR's workers: X86_64, or ARM64 with bundles that were made there."
  type        = string
  default     = "X86_64"

  validation {
    condition     = contains(["X86_64", "ARM64"], var.architecture)
    error_message = "The architecture is X86_64 or ARM64."
  }
}

variable "cidr" {
  description = "Addresses of the private network of jobs."
  type        = string
  default     = "10.60.0.0/20"

  validation {
    condition     = can(cidrsubnet(var.cidr, 4, 15)) && tonumber(split("/", var.cidr)[1]) <= 22
    error_message = "A range such as 10.60.0.0/20, no smaller than /22."
  }
}

variable "availability_zones" {
  description = "Zones of the region for the private network."
  type        = list(string)
  default     = ["eu-west-1a", "eu-west-1b"]

  validation {
    condition     = length(var.availability_zones) >= 2 && alltrue([for zone in var.availability_zones : startswith(zone, var.region)])
    error_message = "Two or more zones of the region."
  }
}

variable "sources" {
  description = "Where records come from: bucket, prefix without a slash at its end, the ARN of the key where it has one."
  type        = list(object({ bucket = string, prefix = string, key_arn = optional(string) }))
  default     = []

  validation {
    condition     = alltrue([for s in var.sources : length(s.prefix) > 0 && !endswith(s.prefix, "/") && !strcontains(s.prefix, "*")])
    error_message = "A source has a prefix, without a slash at its end and without wildcards: jobs read no more than that."
  }
}

variable "secret_arns" {
  description = "Secrets that jobs may read, as the secret of blocking keys."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.secret_arns : can(regex("^arn:[a-z-]+:secretsmanager:[^*]+$", arn))])
    error_message = "ARNs of secrets, each in full."
  }
}

variable "redis_node_type" {
  description = "Node of Redis, where it is the online store: with memory for two loads."
  type        = string
  default     = "cache.r7g.large"

  validation {
    condition     = can(regex("^cache\\.[a-z0-9]+\\.[a-z0-9]+$", var.redis_node_type))
    error_message = "A node is called as AWS calls it: cache.r7g.large."
  }
}

variable "redis_readers" {
  description = "Addresses of networks whose services look up in Redis, as 10.80.0.0/20; docs/deploy.md says how they get there."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for range in var.redis_readers : can(cidrhost(range, 0)) && try(tonumber(split("/", range)[1]) >= 8, false)])
    error_message = "Ranges such as 10.80.0.0/20, no larger than /8."
  }
}

variable "online_store" {
  description = "Where lookups read: dynamodb, redis, sagemaker, or none."
  type        = string
  default     = "dynamodb"

  validation {
    condition     = contains(["dynamodb", "redis", "sagemaker", "none"], var.online_store)
    error_message = "The online store is dynamodb, redis, sagemaker, or none."
  }
}

variable "feature_groups_file" {
  description = "File of `pairlake feature-groups --write`, with modules of your own; left out, that of Pairlake's catalogue."
  type        = string
  default     = null
}

variable "jobs" {
  description = "What is run when: a command of Pairlake, and a schedule of EventBridge, in UTC."
  type        = map(object({ command = string, schedule = string }))
  default = {
    refresh = { command = "refresh", schedule = "cron(0 3 ? * MON-SAT *)" }
    run     = { command = "run", schedule = "cron(0 1 ? * SUN *)" }
    upkeep  = { command = "maintain", schedule = "cron(0 5 ? * SUN *)" }
  }

  validation {
    condition = alltrue([
      for job in var.jobs : can(regex("^[a-z]+$", job.command)) && can(regex("^(cron|rate)\\(.+\\)$", job.schedule))
    ])
    error_message = "A job has a command (run, refresh, …) and a schedule such as cron(0 3 * * ? *) or rate(6 hours)."
  }
}

variable "schedule_enabled" {
  description = "Whether the schedule starts anything. Switch it on once a bundle was moved in."
  type        = bool
  default     = false
}

variable "retries" {
  description = "How often a run that failed is begun anew."
  type        = number
  default     = 1

  validation {
    condition     = var.retries >= 1 && var.retries <= 3 && floor(var.retries) == var.retries
    error_message = "1 to 3: a worker that is lost should not cost a night, and a gate that fails will fail again."
  }
}

variable "timeout_minutes" {
  description = "When a run is given up."
  type        = number
  default     = 360

  validation {
    condition     = var.timeout_minutes >= 5 && var.timeout_minutes <= 1440
    error_message = "5 to 1440 minutes."
  }
}

variable "training_accounts" {
  description = "Accounts that read published pairs: their ids, and the external id that each must show."
  type        = list(object({ account_id = string, external_id = string }))
  default     = []

  validation {
    condition     = alltrue([for a in var.training_accounts : can(regex("^[0-9]{12}$", a.account_id)) && length(a.external_id) >= 16])
    error_message = "An account id has twelve digits, an external id 16 characters or more that nobody guesses."
  }
}

variable "serving_accounts" {
  description = "Accounts whose services look up: their ids, and the external id that each must show."
  type        = list(object({ account_id = string, external_id = string }))
  default     = []

  validation {
    condition     = alltrue([for a in var.serving_accounts : can(regex("^[0-9]{12}$", a.account_id)) && length(a.external_id) >= 16])
    error_message = "An account id has twelve digits, an external id 16 characters or more that nobody guesses."
  }
}

variable "repository" {
  description = "Repository on GitHub whose workflows plan, apply and release: OWNER/NAME; null for none."
  type        = string
  default     = null

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", coalesce(var.repository, "none/none")))
    error_message = "A repository is OWNER/NAME, without wildcards."
  }
}

variable "state_bucket" {
  description = "Bucket of Terraform's state, for the workflows' roles; as in backend.hcl."
  type        = string
  default     = null
}

variable "emails" {
  description = "Who is told by alarms."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for address in var.emails : can(regex("^[^@ ]+@[^@ ]+$", address))])
    error_message = "Addresses of e-mail."
  }
}

variable "objectives" {
  description = "What is promised: hours since the last publication, share of rows turned away, seconds of a run."
  type        = object({ fresh_hours = number, quarantined_share = number, run_seconds = number })
  default     = { fresh_hours = 36, quarantined_share = 0.05, run_seconds = 14400 }

  validation {
    condition     = var.objectives.fresh_hours >= 1 && var.objectives.fresh_hours <= 168
    error_message = "CloudWatch looks back 168 hours at most."
  }

  validation {
    condition     = var.objectives.quarantined_share > 0 && var.objectives.quarantined_share <= 1
    error_message = "A share lies above 0 and is at most 1."
  }
}

variable "monthly_budget" {
  description = "US dollars a month, after which alarms tell."
  type        = number
  default     = 500

  validation {
    condition     = var.monthly_budget > 0
    error_message = "More than nothing."
  }
}
