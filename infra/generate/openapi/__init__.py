"""OpenAPI documents of the services, and the baseline that they are compared with."""
