"""Entity tags, and conditions on them (RFC 9110, sections 8.8 and 13.1)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from functions.shared.plain.problems import MalformedHeader, PreconditionFailed, PreconditionRequired

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
# RFC 9110, section 5.6.1.2: empty elements of a list are ignored.
_LIST = re.compile(rf"[\s,]*{_TAG}(?:\s*,[\s,]*{_TAG})*[\s,]*")


def entity_tag(version: int) -> str:
    """Return the strong entity tag of a resource's version, with quotes."""
    return f'"{version}"'


def require_match(if_match: str | None, version: int) -> None:
    """Require that a change is made to the current version.

    Args:
        if_match: value of the If-Match header. Weak tags never match (strong comparison).
        version: the resource's current version.

    Raises:
        PreconditionRequired: the header is missing.
        PreconditionFailed: the resource has another version.
        MalformedHeader: the header does not contain entity tags.
    """
    if if_match is None:
        raise PreconditionRequired("Send If-Match with the ETag of the version that you read.")
    if if_match.strip() != "*" and entity_tag(version) not in _tags("If-Match", if_match):
        raise stale()


def refuse_match(if_match: str) -> None:
    """Refuse a change to a resource that does not exist.

    Raises:
        PreconditionFailed: the header is well-formed.
        MalformedHeader: the header does not contain entity tags.
    """
    if if_match.strip() != "*":
        _tags("If-Match", if_match)
    raise stale()


@contextmanager
def creating(if_match: str | None, if_none_match: str | None) -> Iterator[None]:
    """Apply If-None-Match to a PUT (RFC 9110, section 13.1.2): `*` creates, and fails if the resource exists.

    Raises:
        MalformedHeader: If-None-Match is not `*`.
        PreconditionFailed: the resource exists, or the client also sent If-Match.
    """
    if if_none_match is not None:
        if if_none_match.strip() != "*":
            raise MalformedHeader(
                "PUT accepts If-None-Match: * only. Send If-Match to replace a version that you read."
            )
        if if_match is not None:
            raise PreconditionFailed("Send If-None-Match: * to create, or If-Match to replace; not both.")
    try:
        yield
    except PreconditionRequired:
        if if_none_match is None:
            raise
        raise PreconditionFailed(
            "The resource exists. To replace it, send If-Match with its ETag and no If-None-Match."
        ) from None


def stale() -> PreconditionFailed:
    """Return the problem of a change to an old version."""
    return PreconditionFailed(
        "The resource has changed. Read it again, apply your change to the new version, and send its ETag."
    )


def matches(if_none_match: str | None, version: int) -> bool:
    """Return whether a client already has this version, for a 304 (If-None-Match, weak comparison)."""
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    return entity_tag(version) in [tag.removeprefix("W/") for tag in _tags("If-None-Match", if_none_match)]


def _tags(name: str, header: str) -> list[str]:
    if not _LIST.fullmatch(header):
        raise MalformedHeader(f'Send {name} with entity tags in double quotes, as in the ETag header: "3".')
    return re.findall(_TAG, header)
