"""What a page offers somebody: her own steps first, also where she has to wait; what is over is told as over."""

import pytest
from django import forms
from django.template.loader import render_to_string

from apps.core.errors import WrongState
from apps.core.workflow import steps
from apps.core.workflow.asking import tell_not_yet
from apps.core.workflow.steps import Offer
from apps.hub.projects.models import Project

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_step_of_ones_own_that_has_to_wait_stands_open_and_others_are_folded(federation):
    suspend = steps.get(Project, "suspend")
    waits = Offer(suspend, "/", "Two votes are missing.")
    others = Offer(suspend, "/", "Only an officer does this.", is_hers=False)
    page = render_to_string("components/actions.html", {"offers": [waits, others]})
    own, folded = page.split("<details")
    assert "Two votes are missing." in own
    assert "Only an officer does this." in folded
    assert "What others can do, and why you cannot" in folded
    assert "Nothing here is for you to do now" in render_to_string("components/actions.html", {"offers": [others]})


def test_what_somebody_else_did_meanwhile_is_told_as_over_and_what_waits_on_its_form(federation):
    project, form = Project.objects.get(code="ASTHMA-24"), forms.Form({})
    over = WrongState("It was done before.")
    with pytest.raises(WrongState, match="done before"):
        tell_not_yet(form, steps.get(Project, "take_up"), project, over)
    tell_not_yet(form, steps.get(Project, "suspend"), project, WrongState("Not yet."))
    assert form.non_field_errors() == ["Not yet."]
    assert form.is_stale
