"""Cursors of lists: opaque, signed, expiring, and good only for the caller and the filter that they were made for."""

from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING

from functions.shared.problems import InvalidCursor

if TYPE_CHECKING:
    from itsdangerous import URLSafeTimedSerializer

LIFETIME_SECONDS = 3600


class Cursors:
    """Makes and reads the cursors of one list, for one caller and one filter."""

    def __init__(self, key: Callable[[], bytes], *binding: str) -> None:
        """Bind cursors.

        Args:
            key: gives the service's signing key; asked only when there is a cursor to make or read.
            binding: what a cursor must be used with again: the route, the client's id, the filter.
        """
        self._key = key
        # Length-prefixed, so that no two bindings read the same.
        self._salt = "|".join(f"{len(part)}:{part}" for part in ("cursor", *binding))

    def make(self, position: str | None) -> str | None:
        """A cursor that continues at `position`, which the client may see but not change; None for None."""
        return None if position is None else str(self._serializer().dumps(position))

    def read(self, cursor: str | None) -> str | None:
        """The position of a cursor; None for None.

        Raises:
            InvalidCursor: forged, expired, or made for another caller or filter.
        """
        if cursor is None:
            return None
        from itsdangerous import BadData  # noqa: PLC0415 - as below

        try:
            return str(self._serializer().loads(cursor, max_age=LIFETIME_SECONDS))
        except BadData:
            raise InvalidCursor(
                f"Send a cursor with the list, filters and client that it was made for, within "
                f"{LIFETIME_SECONDS // 60} minutes. Or start again without a cursor."
            ) from None

    def _serializer(self) -> "URLSafeTimedSerializer":
        # Not at start-up: most requests have no cursor.
        from itsdangerous import URLSafeTimedSerializer  # noqa: PLC0415

        return URLSafeTimedSerializer(self._key(), salt=self._salt, signer_kwargs={"digest_method": sha256})
