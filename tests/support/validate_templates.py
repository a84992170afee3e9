"""Validates templates with SAM CLI in one process, which takes half the time of a process for each.

The Python of SAM CLI's environment runs this file. Its arguments are paths of templates. It prints a JSON object with
SAM CLI's output for each invalid template.
"""

import json
import sys

from click.testing import CliRunner
from samcli.cli.main import cli


def main() -> None:
    """Print the output for each invalid template."""
    runner = CliRunner()
    results = {path: runner.invoke(cli, ["validate", "--lint", "--template", path]) for path in sys.argv[1:]}
    faults = {path: result.output for path, result in results.items() if result.exit_code}
    sys.stdout.write(json.dumps(faults))


if __name__ == "__main__":
    main()
