"""The API tried from its own description: whatever is sent, it answers as it says it does."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from arrears.api import keys
from arrears.api.tests.test_machines_calling import NOON, town  # noqa: F401 - a fixture
from arrears.config.wsgi import application

pytestmark = pytest.mark.django_db
schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application)
CHECKS = (
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)


@pytest.fixture
def token(home, town):  # noqa: F811
    """A key, and one connection for the whole test: its transaction is undone at the end."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield keys.new_key(name="tester", scopes=list(keys.SCOPES), now=NOON)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@schema.parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_every_address_answers_as_described(case, token):
    case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=list(CHECKS))
