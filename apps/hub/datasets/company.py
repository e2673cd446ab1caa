"""Who else has to hear what becomes of a TRE. Apps above this one register who: the leads of projects that use its data."""

from collections.abc import Callable, Iterable

from django.db.models import Q

from apps.core.accounts.holders import holders
from apps.core.accounts.models import User
from apps.core.accounts.roles import Role
from apps.core.workflow.models import sign_offs

_listeners: list[Callable] = []


def uses_tres(function: Callable[..., Iterable]) -> Callable:
    """Register a function (TRE) -> the people who use its data."""
    _listeners.append(function)
    return function


def who_hears_of(tre, besides) -> list:
    """Who runs it, who keeps the catalogue and who uses its data, each once, without who did it herself."""
    run_it = holders(Role.ADMINISTRATOR, Role.OPERATOR, side=tre.pk)
    keep_it = holders(Role.COORDINATOR, side=tre.side)
    everybody = [*run_it, *keep_it, *(each for function in _listeners for each in function(tre))]
    return list({each.pk: each for each in everybody if each.pk != besides.pk}.values())


def who_hears_that_it_stays(tre, besides) -> list:
    """Who hears of it now, and everybody who was told that it leaves: who announced it, too."""
    announced = sign_offs(tre).filter(verb="tre.leaving").first()
    told = Q(notices__kind="tre.leaving", notices__about_id=tre.pk, notices__created_at__gte=announced.at)
    heard = User.objects.filter(told | Q(pk=announced.by_id), is_active=True).exclude(pk=besides.pk)
    return [*who_hears_of(tre, besides), *heard.distinct()]
