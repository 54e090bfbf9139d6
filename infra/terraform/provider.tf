# Credentials come from the environment or the role of the machine, never from a file here.
provider "aws" {
  region = var.region

  default_tags {
    tags = {
      project     = "pairlake"
      environment = var.environment
    }
  }
}
