terraform {
  required_version = ">= 1.7" # mock providers in tests

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}
