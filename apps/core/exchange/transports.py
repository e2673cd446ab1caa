"""How a document reaches the other side. In `solo` both sides live in one process; the documents are the same."""

from typing import Protocol
from uuid import UUID

from django.conf import settings

from apps.core.exchange.models import Outgoing


class NoTransport(Exception):
    """This process has no way to reach that side."""


class Transport(Protocol):
    def deliver(self, outgoing: Outgoing) -> None:
        """Hand the document over; returns when the other side has kept it."""


class InProcess:
    """Hands the signed text and its open files to `receive` of the same process."""

    def deliver(self, outgoing: Outgoing) -> None:
        from apps.core.exchange import service

        service.receive(
            side=outgoing.peer,
            peer=outgoing.side,
            signed=outgoing.signed,
            open_attachment=lambda name: service.open_kept(outgoing, name),
        )


def transport_to(peer: UUID) -> Transport:
    """The transport to a side. Raises NoTransport."""
    if settings.ROLE == "solo":
        return InProcess()
    raise NoTransport(f"No transport to {peer} is configured.")
