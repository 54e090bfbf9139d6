# The most that a role of Pairlake can do, whatever its own policy says. It grants nothing by itself.

data "aws_iam_policy_document" "boundary" {
  #checkov:skip=CKV_AWS_111:A boundary grants nothing; it cuts what the roles' own policies, which name their resources, grant
  #checkov:skip=CKV_AWS_356:As above
  #checkov:skip=CKV_AWS_108:As above
  #checkov:skip=CKV_AWS_107:As above
  #checkov:skip=CKV_AWS_109:As above
  #checkov:skip=CKV_AWS_110:As above
  statement {
    sid = "Work"
    actions = [
      "cloudwatch:*", "dynamodb:*", "ec2:CreateNetworkInterface", "ec2:CreateTags", "ec2:DeleteNetworkInterface",
      "ec2:Describe*", "elasticache:Describe*", "elasticache:List*", "emr-serverless:*", "events:*", "glue:*",
      "budgets:View*", "budgets:List*", "iam:Get*", "iam:List*", "iam:PassRole", "kms:Decrypt", "kms:Describe*",
      "kms:GenerateDataKey", "kms:Get*", "kms:List*", "logs:*", "s3:*", "sagemaker:*", "scheduler:*",
      "secretsmanager:GetSecretValue", "sns:*", "sqs:*", "ssm:*", "states:*", "xray:Put*", "xray:Get*",
    ]
    resources = ["*"]
  }

  statement {
    sid    = "NeverLoseWhatCanBeBroughtBack"
    effect = "Deny"
    actions = [
      "s3:DeleteObjectVersion", "s3:DeleteBucket", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy", "s3:PutBucketVersioning",
      "s3:PutLifecycleConfiguration", "s3:PutEncryptionConfiguration", "s3:PutBucketPublicAccessBlock",
      "dynamodb:DeleteTable", "logs:DeleteLogGroup", "sagemaker:DeleteFeatureGroup",
    ]
    resources = ["*"]
  }
}

resource "aws_iam_policy" "boundary" {
  name        = "${var.name}-boundary"
  description = "The most that a role of Pairlake can do"
  policy      = data.aws_iam_policy_document.boundary.json
}
