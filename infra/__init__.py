"""Deployment, local clouds and generated files."""
