"""The Customer Service."""
