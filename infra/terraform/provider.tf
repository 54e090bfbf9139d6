# Credentials come from the environment or the role of the machine, never from a file here.
provider "aws" {
  region              = var.region
  allowed_account_ids = var.account_ids

  default_tags {
    tags = {
      project     = "pairlake"
      environment = var.environment
      application = local.name # what the budget counts by
    }
  }
}
