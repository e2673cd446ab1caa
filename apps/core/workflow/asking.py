"""One way to ask for what a step needs and to take it: for the page of the step and for the admin."""

from contextlib import contextmanager

from django import forms
from django.contrib import messages

from apps.core.errors import BadInput, WrongState
from apps.core.workflow import steps
from apps.core.workflow.steps import Step
from apps.core.workflow.typed import keeps_what_was_typed


def empty_form(step: Step, thing, user, **options) -> forms.Form:
    """What a step asks this person about this thing, not filled in yet."""
    return about(step.form(**options), thing, user)


def about(form: forms.Form, thing, user) -> forms.Form:
    """A form that wants to know what it is about is told."""
    if hasattr(form, "about"):
        form.about(thing, user)
    return form


@contextmanager
def told_on(form: forms.Form):
    """What the action could not use is told on its form, as it was filled in, and not on a page of its own."""
    try:
        yield
    except BadInput as problem:
        if not form.is_bound:
            raise
        form.add_error(None, str(problem.sentence))


def ask_or_take(request, step: Step, thing) -> forms.Form | None:
    """The form to show, or None when the step was taken. Raises NotAllowed; WrongState where it is over."""
    is_sent = request.method == "POST"
    form = step.form(request.POST, request.FILES) if is_sent else step.form()
    with told_on(form), keeps_what_was_typed(form):
        step.check(request.user, thing)
        steps.check_state(thing, step.transition)
        about(form, thing, request.user)
        if not is_sent or not form.is_valid():
            return form
        try:
            step.take(thing, request.user, **form.cleaned_data)
        except WrongState as problem:
            tell_not_yet(form, step, thing, problem)
            return form
        messages.success(request, step.sentence_after(thing))
        return None
    return form


def tell_not_yet(form: forms.Form, step: Step, thing, problem: WrongState) -> None:
    """What is only not possible yet is told on the form, to be sent again. Raises the problem where it is over."""
    now = type(thing)._default_manager.get(pk=thing.pk)
    if not steps.can_proceed(now, step.transition):
        raise problem
    form.add_error(None, str(problem.sentence))
    form.is_stale = True  # type: ignore[attr-defined]  # answered as what cannot be done now (409)
