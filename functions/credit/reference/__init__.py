"""Reference data with sources: agencies, permissible purposes, reason codes and score models."""
