"""Everything else that is deployed or run: packaging, the local cloud."""
