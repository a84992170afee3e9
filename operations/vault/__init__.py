"""Maintenance of the social security vault, by an operator and under a role of its own."""
