"""A TRE that leaves: what has to be done with keys, logs and data before it has left.

Some of it the portal sees in its own rows; the rest somebody ticks off under her name, with the TRE's word for it.
What an app above this one knows of, it registers a function for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts.holders import holders
from apps.core.audit.act import act, record
from apps.core.errors import BadInput, WrongState
from apps.core.exchange.models import Witnessed
from apps.core.workflow.models import sign_offs
from apps.hub.datasets import permissions
from apps.hub.datasets.models import Dataset, LeavingTick, Tre

_counted: list[tuple[str, Callable[[Tre], bool]]] = []


def counts(sentence) -> Callable[[Callable[[Tre], bool]], Callable[[Tre], bool]]:
    """Register a function (TRE) -> whether what the sentence says is so; one query."""

    def register(function):
        _counted.append((sentence, function))
        return function

    return register


@dataclass(frozen=True)
class Item:
    """One thing to be done. `key` and `tick` only where a person says that it is."""

    sentence: str
    is_done: bool
    key: str = ""
    tick: LeavingTick | None = None


@counts(gettext_lazy("None of its datasets is listed."))
def _no_dataset_is_listed(tre: Tre) -> bool:
    return not tre.datasets.filter(state=Dataset.State.LISTED).exists()


@counts(
    gettext_lazy(
        "The portal knows how long its log is now, after it said that it leaves. So no line can go missing unseen."
    )
)
def _log_was_told(tre: Tre) -> bool:
    announced = sign_offs(tre).filter(verb="tre.leaving").first()
    told = Witnessed.objects.filter(side=UUID(settings.HUB_ID), peer=tre.pk)
    return announced is not None and told.filter(at__gte=announced.at).exists()


def checklist(tre: Tre) -> list[Item]:
    """Everything that has to be done before it has left. A constant number of queries."""
    ticked = {tick.item: tick for tick in tre.ticks_now().select_related("by")}
    return [
        *(Item(str(sentence), is_so(tre)) for sentence, is_so in _counted),
        *(Item(str(label), key in ticked, key, ticked.get(key)) for key, label in LeavingTick.Item.choices),
    ]


def tick_off(*, tre: Tre, by, item: str, words: str) -> LeavingTick:
    """Say under one's name that something is done, and how one knows. Raises WrongState where it does not leave."""
    with act():
        tre = Tre.objects.select_for_update().get(pk=tre.pk)
        permissions.check_can_describe(by)
        check_leaves(tre)
        if tre.ticks_now().filter(item=item).exists():
            raise BadInput(_("This was ticked off already."))
        tick = LeavingTick.objects.create(tre=tre, item=item, words=words, by=by, times_stayed=tre.times_stayed)
        record("tre.leaving_ticked", by=by, subject=tre, item=item, words=words, about={"tre": tre.pk})
    return tick


def who_ticks_off():
    """The people who may tick something off, by name: who keeps the catalogue. One query."""
    return holders(*permissions.CATALOGUE_KEEPERS, side=settings.HUB_ID).order_by("name")


def check_leaves(tre: Tre) -> None:
    """Raises WrongState for a TRE that is not about to leave."""
    if tre.state != Tre.State.LEAVING:
        raise WrongState(_("It is not leaving now, so there is nothing to tick off. Nothing was changed."))


def check_can_still_sign(tre: Tre) -> None:
    """Raises WrongState for a TRE whose keys are destroyed: nothing that it says could be believed, so it cannot stay."""
    if tre.leaving_ticks.filter(item=LeavingTick.Item.KEYS).exists():
        raise WrongState(
            _("Its secret keys are destroyed, so it can only leave. It may ask to take part as a new one.")
        )


def check_all_done(tre: Tre) -> None:
    """Raises WrongState with what is not done yet."""
    undone = [item.sentence for item in checklist(tre) if not item.is_done]
    if undone:
        raise WrongState(_("It has not left yet. This is not done: %(undone)s") % {"undone": " ".join(undone)})
