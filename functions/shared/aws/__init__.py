"""Calls of AWS: the clients with their retries, transactions, items of DynamoDB, and idempotent writes."""
