"""Logs to try things on."""

from uuid import UUID

from django.conf import settings

from apps.core.audit import verbs
from apps.core.audit.act import act, record

SIDE = UUID("0c5f4c1e-0000-4000-8000-000000000001")

verbs.register("log.test", verbs.Audience.PRIVATE, "Something was tried.")
verbs.register("log.public_test", verbs.Audience.PUBLIC, "Something was tried with {thing}.")


class Thing:
    """Something that things happen to."""

    class _meta:
        label = "test.Thing"

    side = SIDE
    pk = UUID("0c5f4c1e-0000-4000-8000-000000000002")


class HubThing(Thing):
    """Something at the hub that things happen to."""

    side = UUID(settings.HUB_ID)


def written(number: int, verb: str = "log.test", subject=Thing, **facts) -> None:
    """So many events in one act."""
    with act():
        for each in range(number):
            record(verb, by="portal", subject=subject, number=each, **facts)
