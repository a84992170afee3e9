"""Events that the customer service publishes. They contain ids and names of members, but no values."""

from typing import Annotated

from pydantic import Field

from functions.shared.plain import erasure


class CustomerErased(erasure.CustomerErased):
    """Erasure of a customer. Other services then erase their data of this customer and confirm it."""

    client_id: Annotated[str, Field(description="Client that requested the erasure.")]
