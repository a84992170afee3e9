"""Deployment of stacks to AWS or to the local cloud, and their clients, logs and checks."""
