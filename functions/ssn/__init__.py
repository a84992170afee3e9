"""The Social Security Service."""
