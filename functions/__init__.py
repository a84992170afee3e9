"""The services, one folder each, and what they share."""

import functions.shared  # noqa: F401 - before anything large: it pauses the garbage collector
