from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.core.accounts.roles import Role
from apps.core.lists.filters import Sort, choice, days
from apps.core.lists.listing import Listing, timed


class PeopleList(Listing):
    key, url_name, title = "people", "people", _("People")
    personal = True
    searched = ("user__name", "user__email")
    filters = (choice("role", _("Role"), Role.choices), *days("granted_at"))
    sorts = (
        Sort("newest", _("newest first"), ("-granted_at", "-pk")),
        Sort("oldest", _("oldest first"), ("granted_at", "pk")),
    )
    columns = (
        (_("Name"), lambda grant: grant.user.name),
        (_("E-mail address"), lambda grant: grant.user.email),
        (_("Role"), lambda grant: grant.get_role_display()),
        timed(_("Since"), lambda grant: grant.granted_at),
        (_("Last day"), lambda grant: grant.until),
    )

    def __init__(self, request, rows, side: UUID):
        super().__init__(request, rows)
        self.whose = side

    @property
    def side(self) -> UUID:
        return self.whose
