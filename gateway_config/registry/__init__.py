"""The registry: what the gateway serves, read live from its route table."""
