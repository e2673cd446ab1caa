from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts.roles import Role
from apps.core.accounts.sides import names_sides
from apps.core.workflow import navigation
from apps.core.workflow.waiting import Waiting, first_step, waiting_list
from apps.node.custody.models import (
    AgreementPolicy,
    DataGrant,
    MemberAcceptance,
    ProjectAcceptance,
    Reliance,
    WorkflowApproval,
)


def _rows(model, state, tres):
    rows = model.objects.filter(tre__in=tres, state=state)[:50]
    return [
        Waiting(_("Decide: %(thing)s") % {"thing": each}, each.get_absolute_url(), each.created_at) for each in rows
    ]


@waiting_list
def custody(user):
    """What custodians and run approvers of a TRE have to decide on."""
    found = []
    custodian_of, approver_of = user.sides(Role.CUSTODIAN), user.sides(Role.RUN_APPROVER)
    if custodian_of:
        found += _rows(ProjectAcceptance, "offered", custodian_of)
        found += _rows(MemberAcceptance, "offered", custodian_of)
        found += _rows(Reliance, "proposed", custodian_of)
        found += _rows(DataGrant, "requested", custodian_of)
    if approver_of:
        found += _rows(WorkflowApproval, "proposed", approver_of)
    return found


@names_sides
def own_tres():
    """The TREs that this node serves."""
    return AgreementPolicy.objects.order_by("tre_name").values_list("tre", "tre_name")


navigation.register(gettext_lazy("What we accept"), "custody:list", shown_to=lambda user: bool(user.sides()), order=60)
first_step(
    gettext_lazy("see which projects, people and data you accept"),
    "custody:list",
    shown_to=lambda user: bool(user.sides()),
    order=50,
)
