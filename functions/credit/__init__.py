"""The Credit Score Service."""
