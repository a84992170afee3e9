"""The gateway's own stack."""
