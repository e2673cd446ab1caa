"""What a person typed is never lost: where an act is refused, the page of the refusal shows it, to be copied."""

from collections.abc import Iterator
from contextlib import contextmanager

from django import forms

from apps.core.errors import Problem


def typed_in(form: forms.Form) -> list[tuple[str, str]]:
    """The texts of a form that was sent: (label, what was typed). No password, no choice, no file."""
    fields = [each for each in form if isinstance(each.field, forms.CharField) and not each.is_hidden]
    shown = [each for each in fields if not isinstance(each.field.widget, forms.PasswordInput)]
    return [(str(each.label), str(each.value())) for each in shown if each.value()]


@contextmanager
def keeps_what_was_typed(form: forms.Form) -> Iterator[None]:
    """A Problem raised inside takes along what was typed in a form that was sent."""
    try:
        yield
    except Problem as problem:
        problem.typed = typed_in(form) if form.is_bound else []
        raise
