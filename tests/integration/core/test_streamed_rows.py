"""A check of the log reads the same rows in whichever form the database sends them."""

from types import SimpleNamespace

import pytest

from apps.core.audit import streaming
from apps.core.audit.models import Event
from apps.core.audit.tree import stored
from tests.integration.core.logs import SIDE, written


@pytest.mark.both_engines
@pytest.mark.django_db
def test_rows_come_whole_and_in_order_in_every_form(monkeypatch):
    written(streaming.CHUNK + 3, fact=[1, "é", None])
    names = ("sequence", "id", "leaf", "day", "opening__at", "opening__values", "erasure__at")
    query = Event.objects.filter(side=SIDE).order_by("sequence").values_list(*names)

    def rows() -> list[tuple]:
        return [(*row[:2], stored(row[2]), *row[3:]) for row in streaming.streamed(query)]

    fast = rows()
    assert [row[0] for row in fast] == list(range(streaming.CHUNK + 3))
    assert fast[7][5]["number"] == 7
    monkeypatch.setattr(streaming, "connection", SimpleNamespace(vendor="another"))
    assert rows() == fast
