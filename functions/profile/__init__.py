"""The Profile Service."""
