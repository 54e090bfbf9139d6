output "application" {
  description = "EMR application: its id and ARN; null with Glue."
  value       = one([for app in aws_emrserverless_application.spark : { id = app.id, arn = app.arn }])
}

output "glue_jobs" {
  description = "Names of the jobs of Glue by role; empty with EMR."
  value       = { for role, job in aws_glue_job.spark : role => job.name }
}

output "network" {
  description = "Where jobs run: vpc_id, subnet_ids, their route table and their security group."
  value = {
    vpc_id            = aws_vpc.jobs.id
    subnet_ids        = [for subnet in aws_subnet.private : subnet.id]
    route_table_id    = aws_route_table.private.id
    security_group_id = aws_security_group.jobs.id
  }
}

output "log_group" {
  description = "Log group of the jobs on EMR; what the groups of those on Glue begin with."
  value       = local.logs
  depends_on  = [aws_cloudwatch_log_group.jobs]
}
