"""The social security service of the integration tests."""

from tests.integration.ssn.conftest import deployed, gateway

__all__ = ["deployed", "gateway"]
