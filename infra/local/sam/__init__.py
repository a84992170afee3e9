"""The system in `sam local start-api`: Lambda's images in containers, with moto's server as AWS."""
