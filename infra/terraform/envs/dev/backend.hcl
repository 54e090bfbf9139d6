# Where this environment's state lies: encrypted, versioned, locked where it is.
bucket       = "example-pairlake-state"
key          = "pairlake-dev/terraform.tfstate"
region       = "eu-west-1"
encrypt      = true
use_lockfile = true
