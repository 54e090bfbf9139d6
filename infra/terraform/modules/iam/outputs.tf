output "role_arns" {
  description = "Every role by what it is for: pipeline, canary, scheduler, machine, network, and those that were asked for."
  value       = { for role, made in aws_iam_role.all : role => made.arn }
  depends_on  = [aws_iam_role_policy.all] # who takes a role finds that it may
}

output "boundary_arn" {
  description = "The permission boundary, for roles that are made elsewhere."
  value       = aws_iam_policy.boundary.arn
}
