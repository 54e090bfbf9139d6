# The online store that was chosen. Feature groups and their features are not written down here: they are rendered from
# the catalogue.

locals {
  groups = jsondecode(file(var.feature_groups_file))
  views  = toset(["online_entities", "blocking_index"]) # that Feast puts online
}

# Tables as Feast names and keys them: PROJECT.VIEW, with the serialised entity key.
resource "aws_dynamodb_table" "online" {
  for_each                    = var.online_store == "dynamodb" ? local.views : []
  name                        = "${replace(var.name, "-", "_")}.${each.key}"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "entity_id"
  deletion_protection_enabled = true

  attribute {
    name = "entity_id"
    type = "S"
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = var.key_arn
  }

  point_in_time_recovery {
    enabled = true
  }
}

resource "aws_sagemaker_feature_group" "of_table" {
  for_each                       = var.online_store == "sagemaker" ? local.groups : {}
  feature_group_name             = "${var.name}-${replace(each.key, "_", "-")}"
  description                    = "The table ${each.key} of the lake."
  record_identifier_feature_name = each.value.identifier
  event_time_feature_name        = each.value.event_time
  role_arn                       = var.role_arn

  dynamic "feature_definition" {
    for_each = each.value.features

    content {
      feature_name = feature_definition.value.name
      feature_type = feature_definition.value.type
    }
  }

  dynamic "online_store_config" {
    for_each = each.value.online ? [var.key_arn] : []

    content {
      enable_online_store = true

      security_config {
        kms_key_id = online_store_config.value
      }
    }
  }

  dynamic "offline_store_config" {
    for_each = each.value.online ? [] : [var.key_arn]

    content {
      s3_storage_config {
        s3_uri     = var.offline_uri
        kms_key_id = offline_store_config.value
      }
    }
  }

  lifecycle {
    # The service adds features at the end, the catalogue anywhere: from here, a new feature could replace the group and
    # lose its records. The store itself adds features, when it is next loaded.
    ignore_changes = [feature_definition]
  }
}

resource "aws_security_group" "redis" {
  count       = var.online_store == "redis" ? 1 : 0
  name        = "${var.name}-redis"
  description = "Redis, for jobs and redis_readers"
  vpc_id      = var.network.vpc_id
}

resource "aws_vpc_security_group_ingress_rule" "redis" {
  count                        = var.online_store == "redis" ? 1 : 0
  security_group_id            = aws_security_group.redis[0].id
  description                  = "Jobs, over TLS"
  referenced_security_group_id = var.network.security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
}

resource "aws_vpc_security_group_ingress_rule" "redis_readers" {
  for_each          = var.online_store == "redis" ? toset(var.redis_readers) : []
  security_group_id = aws_security_group.redis[0].id
  description       = "Lookups, over TLS"
  cidr_ipv4         = each.key
  ip_protocol       = "tcp"
  from_port         = 6379
  to_port           = 6379
}

resource "aws_vpc_security_group_egress_rule" "jobs_to_redis" {
  count                        = var.online_store == "redis" ? 1 : 0
  security_group_id            = var.network.security_group_id
  description                  = "To Redis, over TLS"
  referenced_security_group_id = aws_security_group.redis[0].id
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
}

# A refresh is one transaction over all keys, so one primary and no cluster mode: a serverless cache is clustered.
# Records may not be thrown away when memory is short: one that is gone would look like one that does not exist.
resource "aws_elasticache_parameter_group" "online" {
  count  = var.online_store == "redis" ? 1 : 0
  name   = "${var.name}-online"
  family = "redis7"

  parameter {
    name  = "maxmemory-policy"
    value = "noeviction"
  }
}

resource "aws_elasticache_subnet_group" "online" {
  count      = var.online_store == "redis" ? 1 : 0
  name       = "${var.name}-online"
  subnet_ids = var.network.subnet_ids
}

# Who reaches it is a matter of the network: its password would stand in the state.
resource "aws_elasticache_replication_group" "online" {
  #checkov:skip=CKV_AWS_31:a password would stand in the state; the security group lets nobody reach it but the jobs and redis_readers
  count                      = var.online_store == "redis" ? 1 : 0
  replication_group_id       = "${var.name}-online"
  description                = "Online store of Pairlake"
  engine                     = "redis"
  engine_version             = "7.1"
  node_type                  = var.redis_node_type
  num_cache_clusters         = 2
  automatic_failover_enabled = true
  multi_az_enabled           = true
  parameter_group_name       = aws_elasticache_parameter_group.online[0].name
  subnet_group_name          = aws_elasticache_subnet_group.online[0].name
  security_group_ids         = [aws_security_group.redis[0].id]
  kms_key_id                 = var.key_arn
  at_rest_encryption_enabled = true
  transit_encryption_enabled = true
}
