terraform {
  required_version = ">= 1.10" # a state that is locked where it lies

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  backend "s3" {} # each environment's own: envs/ENVIRONMENT/backend.hcl
}
