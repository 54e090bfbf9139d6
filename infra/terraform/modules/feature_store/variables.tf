variable "name" {
  description = "What everything is called after: pairlake-ENVIRONMENT."
  type        = string
}

variable "online_store" {
  description = "Where lookups read: dynamodb, redis, sagemaker, or none."
  type        = string
}

variable "feature_groups_file" {
  description = "What `pairlake feature-groups --write` rendered from the catalogue."
  type        = string
}

variable "key_arn" {
  description = "The key that encrypts records."
  type        = string
}

variable "role_arn" {
  description = "The role as which the Feature Store writes its offline store."
  type        = string
}

variable "offline_uri" {
  description = "Where the Feature Store writes its offline store: s3://BUCKET/PREFIX."
  type        = string
}

variable "network" {
  description = "Where Redis stands: vpc_id, subnet_ids, and the security group of the jobs."
  type = object({
    vpc_id            = string
    subnet_ids        = list(string)
    security_group_id = string
  })
}

variable "redis_readers" {
  description = "Addresses, beside the jobs, from which Redis is reached."
  type        = list(string)
  default     = []
}

variable "redis_node_type" {
  description = "Node of Redis: with memory for two loads of the online store."
  type        = string
  default     = "cache.r7g.large"
}
