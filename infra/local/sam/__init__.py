"""The system in `sam local start-api`: Lambda's own images in containers, with moto's server as their AWS."""
