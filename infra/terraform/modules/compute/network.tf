# A network without a way out: jobs reach the services that they need through endpoints, and nothing reaches them.

data "aws_region" "current" {}

resource "aws_vpc" "jobs" {
  cidr_block           = var.cidr
  enable_dns_support   = true
  enable_dns_hostnames = true # endpoints are found by the services' own names
  tags                 = { Name = var.name }
}

resource "aws_default_security_group" "closed" {
  vpc_id = aws_vpc.jobs.id
}

resource "aws_subnet" "private" {
  for_each                = { for i, zone in var.availability_zones : zone => i }
  vpc_id                  = aws_vpc.jobs.id
  availability_zone       = each.key
  cidr_block              = cidrsubnet(var.cidr, 4, each.value)
  map_public_ip_on_launch = false
  tags                    = { Name = "${var.name}-${each.key}" }
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.jobs.id
  tags   = { Name = var.name }
}

resource "aws_route_table_association" "private" {
  for_each       = aws_subnet.private
  subnet_id      = each.value.id
  route_table_id = aws_route_table.private.id
}

resource "aws_vpc_endpoint" "gateway" {
  for_each          = toset(["s3", "dynamodb"])
  vpc_id            = aws_vpc.jobs.id
  service_name      = "com.amazonaws.${data.aws_region.current.name}.${each.key}"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.private.id]
}

resource "aws_vpc_endpoint" "interface" {
  for_each            = var.endpoint_services
  vpc_id              = aws_vpc.jobs.id
  service_name        = "com.amazonaws.${data.aws_region.current.name}.${each.key}"
  vpc_endpoint_type   = "Interface"
  subnet_ids          = [for subnet in aws_subnet.private : subnet.id]
  security_group_ids  = [aws_security_group.endpoints.id]
  private_dns_enabled = true
}

resource "aws_security_group" "jobs" {
  #checkov:skip=CKV2_AWS_5:Held by the application of EMR or the connection of Glue, whichever there is
  name        = "${var.name}-jobs"
  description = "Workers of jobs"
  vpc_id      = aws_vpc.jobs.id
}

resource "aws_security_group" "endpoints" {
  name        = "${var.name}-endpoints"
  description = "Endpoints of services"
  vpc_id      = aws_vpc.jobs.id
}

resource "aws_vpc_security_group_ingress_rule" "among_workers" {
  security_group_id            = aws_security_group.jobs.id
  description                  = "Workers of one job shuffle among themselves"
  referenced_security_group_id = aws_security_group.jobs.id
  ip_protocol                  = "-1"
}

resource "aws_vpc_security_group_egress_rule" "among_workers" {
  security_group_id            = aws_security_group.jobs.id
  description                  = "Workers of one job shuffle among themselves"
  referenced_security_group_id = aws_security_group.jobs.id
  ip_protocol                  = "-1"
}

resource "aws_vpc_security_group_egress_rule" "to_endpoints" {
  security_group_id            = aws_security_group.jobs.id
  description                  = "Services, over TLS"
  referenced_security_group_id = aws_security_group.endpoints.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_vpc_security_group_egress_rule" "to_gateways" {
  for_each          = aws_vpc_endpoint.gateway
  security_group_id = aws_security_group.jobs.id
  description       = "Tables and bundles, over TLS: ${each.key}"
  prefix_list_id    = each.value.prefix_list_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_ingress_rule" "to_endpoints" {
  security_group_id            = aws_security_group.endpoints.id
  description                  = "Jobs, over TLS"
  referenced_security_group_id = aws_security_group.jobs.id
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
}

resource "aws_flow_log" "jobs" {
  vpc_id          = aws_vpc.jobs.id
  traffic_type    = "ALL"
  iam_role_arn    = var.flow_logs_role_arn
  log_destination = aws_cloudwatch_log_group.network.arn
}

resource "aws_cloudwatch_log_group" "network" {
  name              = "/${var.name}/network"
  retention_in_days = var.log_days
  kms_key_id        = var.operations_key_arn
}
