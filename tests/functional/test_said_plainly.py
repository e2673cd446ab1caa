"""Small sentences and pages that people meet seldom, and refusals behind the buttons that they never see."""

from uuid import UUID

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from apps.core.accounts import permissions
from apps.core.errors import BadInput


def test_a_hub_role_is_not_held_at_a_tre():
    with pytest.raises(BadInput, match="not held there"):
        permissions.check_role_of_side("chair", UUID(int=7))


def test_nothing_that_changed_is_told_as_such():
    assert "No answer changed." in render_to_string("projects/differences.html", {"changes": []})


def test_a_portal_without_panels_says_so(client, db):
    assert "There is no panel yet." in client.get(reverse("panels:list")).content.decode()
