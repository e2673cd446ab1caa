"""What an action could not use is told on the form that was sent; where none was sent, it is a page of its own."""

import pytest
from django import forms

from apps.core.errors import BadInput
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
