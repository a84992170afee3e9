"""Checks templates by the rules of AWS without an account: see `python -m infra.deploy.gate --help`."""
