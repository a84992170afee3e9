"""The end of a function's start-up."""

import gc
import os
from collections.abc import Callable

from functions.shared.plain import log


def end_start_up(warm: Callable[[], object] | None = None) -> None:
    """Configure the log. In Lambda, also freeze the objects of the start-up (see `functions.shared`).

    Args:
        warm: called immediately in Lambda, to make clients while the start-up has the full processor.
    """
    log.configure()
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        if warm is not None:
            warm()
        gc.enable()
        gc.freeze()
