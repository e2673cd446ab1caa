"""A list of things as staff work with it: search, filter, sort, pages, saved filters, CSV. Its whole state is in the address.

An app says what its list is; the view makes one for each request:

    class ProjectList(Listing):
        key, url_name, title = "projects", "projects:list", _("Projects")
        searched = ("code", "title")
        filters = (choice("state", _("State"), Project.State.choices), *days())
        columns = ((_("Code"), lambda project: project.code), …)

    found = ProjectList(request, Project.objects.visible_to(request.user))
    return found.csv() if found.wants_csv else render(request, "projects/list.html", {"list": found})
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import NAMESPACE_URL, UUID, uuid5

from django import forms
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import QueryDict, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from apps.core.audit.access import record_access
from apps.core.lists.filters import NEWEST, OLDEST, Filter, Sort
from apps.core.lists.models import SavedFilter
from apps.core.web.paging import Page, keyset_page
from apps.core.web.spreadsheets import as_csv
from apps.core.workflow.models import PORTAL_ZONE

AT_ONCE = 2000
_listings: dict[str, type["Listing"]] = {}


def timed(heading, value: Callable[[Any], datetime | None]) -> tuple[Any, Callable[[Any], str]]:
    """A column of times, as a spreadsheet reads them: 2026-11-28 23:28 in the portal's zone, which the heading names."""

    def told(row) -> str:
        at = value(row)
        return f"{timezone.localtime(at, PORTAL_ZONE):%Y-%m-%d %H:%M}" if at else ""

    return format_lazy("{heading} ({zone})", heading=heading, zone=PORTAL_ZONE.key), told


class TakenList:
    """The subject of an access record: one list of one side."""

    def __init__(self, key: str, side: UUID):
        self.pk, self.side = uuid5(NAMESPACE_URL, f"{side}/lists/{key}"), side


class Listing:
    """What one list is, and, made for a request, what it shows now. Three queries, however long the list."""

    key = ""
    url_name = ""
    title: Any = ""
    searched: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    sorts: tuple[Sort, ...] = (NEWEST, OLDEST)
    # What the address says besides that belongs to the list, such as which of its tabs is shown.
    kept: tuple[str, ...] = ()
    # Of people: who takes the table away is noted.
    personal = False
    # (heading, function of a row) for the table to take away.
    columns: tuple[tuple[Any, Callable[[Any], Any]], ...] = ()

    def __init_subclass__(cls):
        _listings[cls.key] = cls

    def __init__(self, request, rows: QuerySet):
        self.request = request
        self.form = self.form_class()(request.GET if self.asked_in(request.GET) else None, auto_id="filter_%s")
        self.wanted = {}
        if self.form.is_bound:
            self.form.is_valid()
            self.wanted = {name: value for name, value in self.form.cleaned_data.items() if value}
        self.rows = self.narrowed(rows)

    @classmethod
    def form_class(cls) -> type[forms.Form]:
        """The form of this list's search, filters and order."""
        fields: dict[str, forms.Field] = {}
        if cls.searched:
            fields["q"] = forms.CharField(label=_("Words"), required=False, max_length=200)
        fields |= {each.name: each.field() for each in cls.filters}
        orders = [(each.name, each.label) for each in cls.sorts]
        fields["sort"] = forms.ChoiceField(label=_("Order"), choices=orders, required=False)
        return type("ListForm", (forms.Form,), fields)

    @classmethod
    def asked_in(cls, query: QueryDict) -> dict[str, str]:
        """What of an address belongs to this list: its state, to be shared or saved."""
        names = [*cls.kept, *cls.form_class().base_fields]  # type: ignore[attr-defined]
        return {name: str(query[name]) for name in names if query.get(name)}

    @classmethod
    def url(cls, query: str = "") -> str:
        """The list's address, with its state."""
        address = reverse(cls.url_name)
        return f"{address}?{query}" if query else address

    def narrowed(self, rows: QuerySet) -> QuerySet:
        """The rows that are asked for."""
        for word in self.wanted.get("q", "").split():
            found = Q()
            for column in self.searched:
                found |= Q(**{f"{column}__icontains": word})
            rows = rows.filter(found)
        for each in self.filters:
            if each.name in self.wanted:
                rows = rows.filter(each.condition(self.wanted[each.name]))
        return rows

    @property
    def sort(self) -> Sort:
        """The order in force: the first one unless another is asked for."""
        return next((each for each in self.sorts if each.name == self.wanted.get("sort")), self.sorts[0])

    @cached_property
    def page(self) -> Page:
        """One page of the rows. One query."""
        return keyset_page(self.rows, self.request, by=self.sort.by)

    @cached_property
    def query(self) -> str:
        """The list's state as the end of an address."""
        return urlencode(self.asked_in(self.request.GET))

    @property
    def is_narrowed(self) -> bool:
        """True where something but the order was asked for."""
        return bool(set(self.wanted) - {"sort"})

    @property
    def kept_values(self) -> list[tuple[str, str]]:
        """What the form has to carry along unseen."""
        return [(name, self.request.GET[name]) for name in self.kept if name in self.request.GET]

    @property
    def address(self) -> str:
        """The list without its search and filters, on the same tab."""
        return self.url(urlencode(dict(self.kept_values)))

    @property
    def csv_url(self) -> str:
        return f"{self.request.path}?{self.query}{'&' if self.query else ''}format=csv"

    @cached_property
    def saved(self) -> list[dict]:
        """This person's saved filters of this list: {filter, url, current}. One query."""
        rows = SavedFilter.objects.filter(person=self.request.user, list=self.key).order_by("name")[:50]
        return [{"filter": row, "url": self.url(row.query), "current": row.query == self.query} for row in rows]

    @property
    def side(self) -> UUID:
        """Whose people a personal list shows: the hub's, unless it says otherwise."""
        return UUID(settings.HUB_ID)

    @property
    def wants_csv(self) -> bool:
        return self.request.GET.get("format") == "csv"

    def csv(self) -> StreamingHttpResponse:
        """All rows that are asked for, as a table, streamed. That somebody took people's data away is noted first."""
        if self.personal:
            record_access(by=self.request.user, what=f"list of {self.key}", subject=TakenList(self.key, self.side))
        rows = self.rows.order_by(*self.sort.by).iterator(AT_ONCE)
        cells = ([value(row) for _heading, value in self.columns] for row in rows)
        name = f"{self.key}-{timezone.localdate().isoformat()}.csv"
        return StreamingHttpResponse(
            as_csv([str(heading) for heading, _value in self.columns], cells),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
        )


def listing(key: str) -> type[Listing] | None:
    """The list of that key."""
    return _listings.get(key)
