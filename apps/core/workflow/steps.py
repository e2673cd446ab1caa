"""Steps: which acts a person can take on a thing. Pages, the admin and the API all read this one list.

An action is a function `<app>/actions.py::<verb>(*, <thing>, by, ...)`; `@step` adds it here with its question *who*
(`check`), its question *when* (the state machine's transition) and the form of what it asks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.core.errors import NotAllowed, Problem, WrongState
from apps.core.workflow.models import Governed


class ReasonForm(forms.Form):
    """The least that a decision asks for."""

    reason = forms.CharField(
        label=_("Why?"),
        help_text=_("Your reason is kept with the decision."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
    )


class NothingForm(forms.Form):
    """For a step that asks for nothing but a confirmation."""


@dataclass(frozen=True)
class Step:
    model: type[Any]
    verb: str
    label: str
    do: Callable
    check: Callable[[Any, Any], None]
    transition: str
    form: type[forms.Form]
    warning: bool
    is_rare: bool
    done: Any = ""

    @property
    def noun(self) -> str:
        return str(self.model._meta.model_name)

    def url_for(self, thing: Governed) -> str:
        return reverse("workflow:act", args=[self.model._meta.app_label, self.noun, thing.pk, self.verb])

    def take(self, thing: Governed, by, **asked: Any):
        """Do it: the action itself. Raises Problem."""
        return self.do(**{self.noun: thing}, by=by, **asked)

    def sentence_after(self, thing: Governed) -> str:
        """What who took it reads then. Where that depends on what came of it, the thing is read again."""
        said = self.done(type(thing)._default_manager.get(pk=thing.pk)) if callable(self.done) else self.done
        return str(said) % {"thing": thing} if said else str(_("Done: %(step)s.") % {"step": self.label})


@dataclass(frozen=True)
class Offer:
    """A step as one person sees it now: possible, or not with the sentence why. `is_hers`: it is for her to take, if not yet."""

    step: Step
    url: str
    sentence: str = ""
    is_hers: bool = True

    @property
    def allowed(self) -> bool:
        return not self.sentence

    @property
    def label(self):
        return self.step.label


_steps: dict[tuple[type[Governed], str], Step] = {}


def step(
    model, *, label, check, transition=None, form=ReasonForm, warning=False, is_rare=False, done=""
) -> Callable[[Callable], Callable]:
    """Add an action to the steps of `model`. `transition` defaults to the action's own name; `warning` paints it red.

    `is_rare`: it mends what seldom goes wrong, so a page shows it to nobody who cannot take it. `done`: what who took it reads
    then, and who is next, with the thing's name for “%(thing)s”; or a function of the thing as it is then.
    """

    def register(action: Callable) -> Callable:
        verb = action.__name__
        _steps[model, verb] = Step(model, verb, label, action, check, transition or verb, form, warning, is_rare, done)
        return action

    return register


def get(model: type[Governed], verb: str) -> Step:
    """One step. Raises KeyError."""
    return _steps[model, verb]


def steps_of(model: type[Governed]) -> list[Step]:
    """The steps of a model, in the order of their registration."""
    return [each for (of, _verb), each in _steps.items() if of is model]


def can_proceed(thing: Governed, transition: str) -> bool:
    """True where the state machine has an arrow of that name from here."""
    return any(each.name == transition for each in thing.get_available_state_transitions())


def check_state(thing: Governed, transition: str) -> None:
    """The question *when*. Raises WrongState with a sentence."""
    if not can_proceed(thing, transition):
        raise WrongState(
            _("This cannot be done now: it is “%(state)s”. It may have been done already; nothing was changed.")
            % {"state": thing.get_state_display()}
        )


def offers(thing: Governed, user) -> list[Offer]:
    """The steps on `thing` that its state allows, each possible or with the sentence why not for `user`."""
    found = []
    for each in steps_of(type(thing)):
        if can_proceed(thing, each.transition):
            found.append(offer(each, thing, user))
    return found


def offer(step: Step, thing: Governed, user) -> Offer:
    """One step as `user` sees it."""
    try:
        step.check(user, thing)
    except Problem as problem:
        return Offer(step, step.url_for(thing), str(problem.sentence), is_hers=not isinstance(problem, NotAllowed))
    return Offer(step, step.url_for(thing))


def offers_worth_showing(thing: Governed, user) -> list[Offer]:
    """Like `offers`, for a page: her own steps come first; where a person has no role, what others do is left out."""
    shown = [each for each in offers(thing, user) if each.allowed or (user.roles() and not each.step.is_rare)]
    return sorted(shown, key=lambda each: not each.is_hers)
