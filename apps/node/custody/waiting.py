from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts.roles import Role
from apps.core.accounts.sides import names_sides
from apps.core.panels import counting
from apps.core.panels.models import Round
from apps.core.workflow import navigation
from apps.core.workflow.models import SignOff
from apps.core.workflow.waiting import Waiting, counted_from, first_step, waiting_list
from apps.node.custody.models import (
    AgreementPolicy,
    DataGrant,
    HubApplication,
    MemberAcceptance,
    OwnPanel,
    ProjectAcceptance,
    Reliance,
    WorkflowApproval,
)

# Somebody asked to look again at what was over.
AGAIN = tuple(f"custody.{kind}_reopened" for kind in ("project", "member", "grant", "workflow"))


def _asked(model, tres, state):
    """What waits in a state, but for what is asked no more: the application was refused or taken back."""
    over = HubApplication.objects.filter(tre=OuterRef("tre"), project=OuterRef("project"), word="over")
    return model.objects.filter(~Exists(over), tre__in=tres, state=state)


def _rows(found):
    rows = counted_from(found, *AGAIN)[:50]
    return [Waiting(_("Decide: %(thing)s") % {"thing": each}, each.get_absolute_url(), each.since) for each in rows]


def _own_panels(user, tres):
    """Those that another proposed and that can be confirmed now, or that another proposed to end. Two queries."""
    own = OwnPanel.objects.filter(tre__in=tres)
    proposed = own.filter(state="proposed").exclude(proposed_by=user).exclude(tre__in=own.in_force().values("tre"))
    ending = counted_from(own.filter(state="ending").exclude(end_proposed_by=user), "own_panel.end_proposed")
    rows = [*counted_from(proposed.able_to_decide())[:50], *ending[:50]]
    return [Waiting(_("Decide: %(thing)s") % {"thing": each}, each.get_absolute_url(), each.since) for each in rows]


def _offered(model, tres):
    """To decide on; where it is for a panel of the TRE's own, to take to it. Two queries."""
    at_panel = set(OwnPanel.objects.filter(tre__in=tres).in_force().values_list("tre", flat=True))
    under_way = Round.objects.under_way().values("subject_id")
    rows = counted_from(_asked(model, tres, "offered").exclude(pk__in=under_way), *AGAIN)[:50]
    take, decide = _("Take to the panel: %(thing)s"), _("Decide: %(thing)s")
    return [
        Waiting(
            (take if each.is_for_panel and each.tre in at_panel else decide) % {"thing": each},
            each.get_absolute_url(),
            each.since,
        )
        for each in rows
    ]


def _to_take_again(tres):
    """People to whom the panel said yes while something was not met: that yes comes to nothing. Two queries."""
    said_yes = Round.objects.filter(state=Round.State.CLOSED, came_to__in=counting.YES).values("subject_id")
    rows = MemberAcceptance.objects.filter(tre__in=tres, state="offered", pk__in=said_yes)
    asked = dict(AgreementPolicy.objects.filter(tre__in=tres).values_list("tre", "requirements"))
    sentence = _("When all that you ask of her is met, take her to the panel again: %(thing)s")
    unmet = [each for each in rows if each.unmet_of(asked.get(each.tre, []))]
    return [Waiting(sentence % {"thing": each}, each.get_absolute_url(), each.created_at) for each in unmet[:50]]


def _changed(model, tres):
    """What was accepted, and then newer evidence came: the yes no longer binds, until a person looks again. One query."""
    newest = SignOff.objects.filter(subject_id=OuterRef("pk"), side=OuterRef("tre")).order_by("-at")
    renewed = model.objects.filter(tre__in=tres, state=model.YES, renewed_at__isnull=False)
    rows = renewed.filter(renewed_at__gt=Subquery(newest.values("at")[:1]))
    signed = rows.annotate(signed_sha256=Subquery(newest.values("content_sha256")[:1]))[:50]
    changed = [each for each in signed if each.signed_sha256 != each.content_sha256()]  # it may have come back
    sentence = _("Look at it again, the evidence changed: %(thing)s")
    return [Waiting(sentence % {"thing": each}, each.get_absolute_url(), each.renewed_at) for each in changed]


@waiting_list
def custody(user):
    """What custodians and run approvers of a TRE have to decide on."""
    found = []
    custodian_of, approver_of = user.sides(Role.CUSTODIAN), user.sides(Role.RUN_APPROVER)
    if custodian_of:
        found += _offered(ProjectAcceptance, custodian_of)
        found += _offered(MemberAcceptance, custodian_of)
        found += _rows(Reliance.objects.filter(tre__in=custodian_of, state="proposed"))
        found += _rows(_asked(DataGrant, custodian_of, "requested"))
        found += _to_take_again(custodian_of)
        for model in (ProjectAcceptance, MemberAcceptance, DataGrant):
            found += _changed(model, custodian_of)
    if deciding_in := user.sides(Role.CUSTODIAN, Role.RUN_APPROVER, Role.ADMINISTRATOR):
        found += _own_panels(user, deciding_in)
    if approver_of:
        found += _rows(WorkflowApproval.objects.filter(tre__in=approver_of, state="proposed"))
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
