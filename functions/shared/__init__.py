"""The little that every service needs: one source, copied into each artefact at build.

Importing this package inside Lambda pauses the garbage collector until `Service.handler` has frozen what start-up
made: a cold start allocates much and frees nothing (13 to 24 ms, measured).
"""

import gc
import os

if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    gc.disable()
    # Pydantic would read the metadata of every installed package, for plugins that there are none of.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
