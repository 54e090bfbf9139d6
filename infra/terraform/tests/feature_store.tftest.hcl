# The online store that was chosen, encrypted, with all that the catalogue declares.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  name                = "pairlake-dev"
  online_store        = "dynamodb"
  feature_groups_file = "./feature_groups.json"
  key_arn             = "arn:aws:kms:eu-west-1:111122223333:key/lake"
  role_arn            = "arn:aws:iam::111122223333:role/pairlake-dev-feature-store"
  offline_uri         = "s3://example-lake/feature-store"
  network             = { vpc_id = "vpc-1", subnet_ids = ["subnet-1", "subnet-2"], security_group_id = "sg-1" }
}

run "dynamodb" {
  module {
    source = "./modules/feature_store"
  }

  assert {
    condition     = contains(output.tables, "pairlake_dev.online_entities") && contains(output.tables, "pairlake_dev.blocking_index")
    error_message = "Tables are called as Feast calls them."
  }

  assert {
    condition = alltrue([for table in aws_dynamodb_table.online :
      one(table.server_side_encryption).kms_key_arn == var.key_arn && one(table.point_in_time_recovery).enabled &&
      table.deletion_protection_enabled
    ])
    error_message = "Encrypted with the key of records, to be brought back, not to be deleted by mistake."
  }

  assert {
    condition     = length(aws_sagemaker_feature_group.of_table) == 0 && length(aws_elasticache_replication_group.online) == 0
    error_message = "One store, not three."
  }
}

run "sagemaker" {
  module {
    source = "./modules/feature_store"
  }

  variables {
    online_store = "sagemaker"
  }

  assert {
    condition     = toset(keys(aws_sagemaker_feature_group.of_table)) == toset(keys(local.groups))
    error_message = "A group for each table of the file."
  }

  assert {
    condition = alltrue([for table, group in aws_sagemaker_feature_group.of_table :
      [for f in group.feature_definition : f.feature_name] == [for f in local.groups[table].features : f.name]
    ])
    error_message = "Every feature of the catalogue, in its order."
  }

  assert {
    condition = alltrue([for table, group in aws_sagemaker_feature_group.of_table : local.groups[table].online ?
      one(one(group.online_store_config).security_config).kms_key_id == var.key_arn :
      one(one(group.offline_store_config).s3_storage_config).kms_key_id == var.key_arn
    ])
    error_message = "Every group is encrypted with the key of records, online or offline."
  }

  assert {
    condition     = toset([for table, group in local.groups : table if group.online]) == toset(["online_entities", "blocking_index", "loads"])
    error_message = "Lookups read records, keys, and which load is in force."
  }
}

run "redis" {
  module {
    source = "./modules/feature_store"
  }

  variables {
    online_store  = "redis"
    redis_readers = ["10.80.0.0/20"]
  }

  assert {
    condition     = aws_elasticache_replication_group.online[0].kms_key_id == var.key_arn && aws_elasticache_replication_group.online[0].transit_encryption_enabled
    error_message = "Encrypted with the key of records, and on the way."
  }

  assert {
    condition     = aws_elasticache_replication_group.online[0].num_cache_clusters == 2 && [for p in aws_elasticache_parameter_group.online[0].parameter : p.value if p.name == "maxmemory-policy"] == ["noeviction"]
    error_message = "One primary with a replica, which throws no record away."
  }

  assert {
    condition     = aws_vpc_security_group_ingress_rule.redis[0].referenced_security_group_id == "sg-1" && aws_vpc_security_group_ingress_rule.redis[0].from_port == 6379
    error_message = "Jobs reach it."
  }

  assert {
    condition = { for from, rule in aws_vpc_security_group_ingress_rule.redis_readers : from => [rule.from_port, rule.to_port, rule.security_group_id] } == {
      "10.80.0.0/20" = [6379, 6379, aws_security_group.redis[0].id]
    }
    error_message = "So do the networks that were named, and no other."
  }
}
