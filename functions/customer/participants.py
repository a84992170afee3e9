"""The services that take part in erasures: their stacks register them as SSM parameters.

    /dossier/<stage>/erasure/<service>   {"source": "/dossier/<stage>/<service>"} or {"client_id": "…"}

A registration that cannot be understood still counts. Nobody can confirm for it, so that erasures become overdue.
"""

import os
from functools import cache
from typing import Any

from pydantic import ValidationError

from functions.customer.erasure import Participant
from functions.customer.errors import ParticipantsUnavailable
from functions.shared.aws.client import Ssm, error_name, ssm
from functions.shared.aws.errors import CallFailed
from functions.shared.plain import log
from functions.shared.plain.problems import RETRY_SOON


def read_participants() -> dict[str, Participant]:
    """Return the registered services by name, with one call for each ten.

    Environment:
        ERASURE_PATH: path of the registrations.

    Raises:
        ParticipantsUnavailable: they cannot be read.
    """
    try:
        parameters = _parameters(registry(), os.environ["ERASURE_PATH"])
    except CallFailed as error:
        log.logger.error("participants not read", extra={"fields": {"error": error_name(error)}})
        raise ParticipantsUnavailable("Nothing was erased. Send the request again later.", headers=RETRY_SOON) from None
    return {parameter["Name"].rpartition("/")[2]: _participant(parameter["Value"]) for parameter in parameters}


def _parameters(client: Ssm, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    request = {"Path": path}
    while True:
        answer = client.get_parameters_by_path(**request)
        found += answer["Parameters"]
        if "NextToken" not in answer:
            return found
        request["NextToken"] = answer["NextToken"]


def _participant(value: str) -> Participant:
    try:
        return Participant.model_validate_json(value)
    except ValidationError:
        log.logger.error("registration for erasures not valid")
        return Participant()


@cache
def registry() -> Ssm:
    """Return the client of this process. No other request needs one."""
    return ssm()
