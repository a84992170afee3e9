"""The registry of the services behind the gateway."""
