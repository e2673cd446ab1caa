"""What an action could not use is told on the form that was sent; where none was sent, it is a page of its own."""

import pytest
from django import forms

from apps.core.errors import BadInput
from apps.core.workflow import steps
from apps.core.workflow.asking import told_on


@pytest.mark.parametrize("is_sent", [True, False])
def test_it_is_told_on_a_form_that_was_sent_alone(is_sent):
    form = forms.Form({} if is_sent else None)
    if is_sent:
        with told_on(form):
            raise BadInput("Not so.")
        assert form.non_field_errors() == ["Not so."]
    else:
        with pytest.raises(BadInput), told_on(form):
            raise BadInput("Not so.")


def test_after_every_step_a_whole_sentence_is_read():
    said = [step.done for step in steps._steps.values() if step.done and not callable(step.done)]
    assert len(said) > 30
    for each in (str(sentence) % {"thing": "A thing"} for sentence in said):
        assert each[0].isupper(), each
        assert each.endswith("."), each


def test_a_step_without_a_sentence_of_its_own_says_what_was_done():
    step = next(each for each in steps._steps.values() if not each.done)
    assert step.sentence_after(None) == f"Done: {step.label}."
