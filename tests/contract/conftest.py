"""Every service's template, each in its turn."""

import pytest

from tests.support.templates import Template, service_templates


@pytest.fixture(params=service_templates(), ids=lambda path: path.parent.name)
def template(request: pytest.FixtureRequest) -> Template:
    """A service's template."""
    return Template.read(request.param)
