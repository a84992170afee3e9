"""The social security service of the integration tests, with recorders."""

from tests.integration.ssn.conftest import deployed, gateway, sent, show, transcript

__all__ = ["deployed", "gateway", "sent", "show", "transcript"]
