"""What a TRE accepts, kind by kind: the same list with another table behind each tab."""

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from apps.core.lists.filters import choice, days
from apps.core.lists.listing import Listing, timed
from apps.node.custody.models import (
    DataGrant,
    Decided,
    MemberAcceptance,
    OwnPanel,
    ProjectAcceptance,
    Reliance,
    WorkflowApproval,
)

COLUMNS = (
    (_("What"), str),
    (_("State"), lambda decided: decided.get_state_display()),
    (_("Until"), lambda decided: decided.until),
    timed(_("Came in"), lambda decided: decided.created_at),
)


class AcceptanceList(Listing):
    """What every tab has. `model` is the table behind it."""

    key, url_name = "accepted", "custody:list"
    model: type[Decided | Reliance | OwnPanel]
    kept = ("kind",)
    columns = COLUMNS

    @classmethod
    def rows_for(cls, user) -> QuerySet:
        """What this reader may know of."""
        return cls.model.objects.visible_to(user)


class AcceptedProjects(AcceptanceList):
    key, title, model = "accepted-projects", _("Projects"), ProjectAcceptance
    searched = ("code", "title")
    filters = (choice("state", _("State"), ProjectAcceptance.State.choices), *days())


class AcceptedPeople(AcceptanceList):
    key, title, model = "accepted-people", _("People"), MemberAcceptance
    searched = ("name", "orcid", "of_project")
    filters = (choice("state", _("State"), MemberAcceptance.State.choices), *days())
    columns = ((_("What"), lambda member: f"{member}, {member.of_project}"), *COLUMNS[1:])

    @classmethod
    def rows_for(cls, user):
        """Each with its project's code: one person stands in the list once for each project."""
        offered = ProjectAcceptance.objects.filter(tre=OuterRef("tre"), project=OuterRef("project"))
        code = Coalesce(Subquery(offered.values("code")), Value(""))
        return super().rows_for(user).annotate(of_project=code)


class DataGrants(AcceptanceList):
    key, title, model = "data-grants", _("Data"), DataGrant
    searched = ("dataset_name", "project_code")
    filters = (choice("state", _("State"), DataGrant.State.choices), *days())


class ApprovedWorkflows(AcceptanceList):
    key, title, model = "approved-workflows", _("Workflows"), WorkflowApproval
    searched = ("name", "label", "identifier")
    filters = (choice("state", _("State"), WorkflowApproval.State.choices), *days())


class Reliances(AcceptanceList):
    key, title, model = "reliances", _("Panels we rely on"), Reliance
    searched = ("panel_name",)
    filters = (choice("state", _("State"), Reliance.State.choices), *days())


class OwnPanels(AcceptanceList):
    key, title, model = "own-panels", _("Our own panel"), OwnPanel
    searched = ("panel_name",)
    filters = (choice("state", _("State"), OwnPanel.State.choices), *days())


KINDS: dict[str, type[AcceptanceList]] = {
    "projects": AcceptedProjects,
    "people": AcceptedPeople,
    "data": DataGrants,
    "workflows": ApprovedWorkflows,
    "reliance": Reliances,
    "panel": OwnPanels,
}
