"""Who holds a role now: whom to tell of what waits for that role."""

from collections.abc import Iterable

from django.db.models import QuerySet

from apps.core.accounts.models import RoleGrant, User


def holders(*roles: str, side, besides: Iterable = ()) -> QuerySet[User]:
    """The people who hold one of `roles` on `side`, without those in `besides` (people, or their keys)."""
    held = RoleGrant.objects.in_force().filter(role__in=roles, side=side)
    left_out = [getattr(person, "pk", person) for person in besides]
    return User.objects.filter(is_active=True, pk__in=held.values("user")).exclude(pk__in=left_out)
