"""Cursors of lists: opaque, signed and expiring. A cursor is valid only for one caller and filter."""

from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING

from functions.shared.plain.problems import InvalidCursor

if TYPE_CHECKING:
    from itsdangerous import URLSafeTimedSerializer

LIFETIME_SECONDS = 3600


class Cursors:
    """Cursors of one list, for one caller and one filter."""

    def __init__(self, key: Callable[[], bytes], *binding: str) -> None:
        """Bind cursors to a list, a caller and a filter.

        Args:
            key: returns the service's signing key. It is called only to make or read a cursor.
            binding: the route, the client's id and the filter, which a later request must repeat.
        """
        self._key = key
        # Lengths make different bindings different texts.
        self._salt = "|".join(f"{len(part)}:{part}" for part in ("cursor", *binding))

    def make(self, position: str | None) -> str | None:
        """Return a cursor that continues at `position`; None for None. The client can read it, but not change it."""
        return None if position is None else str(self._serializer().dumps(position))

    def read(self, cursor: str | None) -> str | None:
        """Return the position of a cursor; None for None.

        Raises:
            InvalidCursor: the cursor is forged, expired, or of another caller or filter.
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
