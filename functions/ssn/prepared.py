"""A number prepared for a transaction."""

from functools import cached_property

from pydantic import SecretStr

from functions.ssn.blind_index import BlindIndex, Marks
from functions.ssn.vault import Sealed, SealedField, Vault


class PreparedNumber:
    """A customer's new number with its marks and ciphertext.

    They are made at first use, so a refused request costs no KMS call, and once, because a transaction may be repeated.
    """

    def __init__(self, customer_id: str, ssn: SecretStr, vault: Vault, index: BlindIndex) -> None:
        """Prepare a number.

        Args:
            customer_id: id of the customer.
            ssn: nine digits.
            vault: seals the number.
            index: makes the marks.
        """
        self.customer_id = customer_id
        self.last4 = SecretStr(ssn.get_secret_value()[-4:])
        self._ssn = ssn
        self._vault = vault
        self._index = index

    @cached_property
    def marks(self) -> Marks:
        """Mark in each version of the index in use: one KMS call each."""
        return self._index.marks(self._ssn)

    @cached_property
    def sealed(self) -> dict[SealedField, Sealed]:
        """Ciphertext of each field: one KMS call each."""
        secrets = {SealedField.NUMBER: self._ssn, SealedField.LAST4: self.last4}
        return {field: self._vault.seal(self.customer_id, field, secret) for field, secret in secrets.items()}
