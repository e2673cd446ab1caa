from uuid import UUID

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.accounts.roles import Role
from apps.core.audit.history import history
from apps.core.errors import BadInput, NotAllowed, WrongState
from apps.core.panels.models import Round
from apps.core.web.crates import stored_workflow
from apps.core.workflow.deciding import decides
from apps.core.workflow.models import sign_offs
from apps.core.workflow.seen import status_of
from apps.core.workflow.steps import offers_worth_showing
from apps.node.custody import actions, own_panel, policy, reliance
from apps.node.custody.difference import difference_of
from apps.node.custody.facts import shown_of
from apps.node.custody.forms import LocationForm, PolicyForm, RelianceForm
from apps.node.custody.lists import KINDS
from apps.node.custody.models import (
    Acceptance,
    AgreementPolicy,
    DataGrant,
    DatasetLocation,
    OwnPanel,
    WorkflowApproval,
)
from apps.node.custody.panel_forms import OwnPanelForm
from apps.node.custody.telling import TOLD

BEFORE_A_PANEL = ("take_to_panel", "accept_as_voted", "refuse_as_voted", "ask_for_changes")


@require_safe
def index(request):
    """Everything that this person's TRE accepts, one kind at a time."""
    kind = request.GET.get("kind", "projects")
    kind = kind if kind in KINDS else "projects"
    listing = KINDS[kind](request, KINDS[kind].rows_for(request.user))
    if listing.wants_csv:
        return listing.csv()
    context = {
        "listing": listing,
        "kind": kind,
        "kinds": [(name, each.title) for name, each in KINDS.items()],
        "locations": DatasetLocation.objects.visible_to(request.user).order_by("name")[:50],
        "unlocated": unlocated(request.user),
        "may_rely": bool(request.user.sides(Role.CUSTODIAN)),
        "may_set_up_panel": bool(request.user.sides(Role.ADMINISTRATOR)),
        "may_locate": bool(request.user.sides(Role.OPERATOR)),
    }
    return render(request, "custody/list.html", context)


@require_http_methods(["GET", "POST"])
@decides
def rely(request):
    """A custodian proposes to rely on a panel, for the TRE where she is one."""
    tre = min(request.user.sides(Role.CUSTODIAN), default=None)
    if tre is None:
        raise NotAllowed(_("Only a custodian of a secure data centre decides on which panel it relies."))
    form = RelianceForm(request.POST or None)
    if form.is_valid():
        made = reliance.propose(tre=tre, by=request.user, **form.cleaned_data)
        messages.success(request, _("Proposed. A second person confirms it."))
        return redirect(made)
    return render(request, "custody/rely.html", {"form": form}, status=400 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@decides
def set_up_panel(request):
    """An administrator sets up a panel of the TRE's own, for the TRE where she is one."""
    tre = min(request.user.sides(Role.ADMINISTRATOR), default=None)
    if tre is None:
        raise NotAllowed(_("Only an administrator of a secure data centre sets up its panel."))
    form = OwnPanelForm(request.POST or None)
    if form.is_valid():
        made = own_panel.propose(tre=tre, by=request.user, **form.cleaned_data)
        messages.success(request, _("Proposed. Give it a rule and members; then a second person confirms it."))
        return redirect(made)
    return render(request, "custody/set_up_panel.html", {"form": form}, status=400 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@decides
def keep_policy(request):
    """A custodian keeps the policy of the TRE where she is one; saving it publishes it."""
    found = AgreementPolicy.objects.filter(tre__in=request.user.sides(Role.CUSTODIAN)).first()
    if found is None:
        raise NotAllowed(_("Only a custodian of a secure data centre keeps its policy."))
    form = PolicyForm(request.POST or None, instance=found)
    if form.is_valid():
        try:
            kept = policy.publish(policy=found, by=request.user, **form.cleaned_data)
        except WrongState as problem:
            form.add_error("requirements", problem.sentence)
        else:
            is_new = kept.shown_sha256() != form.cleaned_data["seen"]
            messages.success(request, _("Saved, and published.") if is_new else _("Nothing was changed."))
            return redirect("custody:list")
    return render(request, "custody/policy.html", {"form": form}, status=status_of(form))


def unlocated(user) -> list[DataGrant]:
    """What was asked for and lies nowhere yet, for an operator. At most two queries."""
    tres = user.sides(Role.OPERATOR)
    located = set(DatasetLocation.objects.filter(tre__in=tres).values_list("tre", "dataset_version"))
    asked = {(grant.tre, grant.dataset_version): grant for grant in DataGrant.objects.filter(tre__in=tres)[:200]}
    return [grant for key, grant in asked.items() if key not in located]


@require_http_methods(["GET", "POST"])
@decides
def locate(request):
    """An operator says where a dataset version lies; saying it again replaces the old place and takes its hash anew."""
    tres = list(AgreementPolicy.objects.filter(tre__in=request.user.sides(Role.OPERATOR)).order_by("tre_name"))
    if not tres:
        raise NotAllowed(_("Only an operator of a secure data centre says where its datasets lie."))
    asked = {name: request.GET.get(name, "") for name in ("dataset_version", "name", "tre")}
    form = LocationForm(
        request.POST or None, tres=tres, initial={name: value for name, value in asked.items() if value}
    )
    if form.is_valid():
        facts = form.cleaned_data | {"tre": UUID(form.cleaned_data["tre"])}
        try:
            located = actions.locate_dataset(by=request.user, **facts)
        except BadInput as problem:
            form.add_error("path", str(problem.sentence))
        else:
            messages.success(request, _("Located: %(name)s.") % {"name": located})
            return redirect("custody:list")
    return render(request, "custody/locate.html", {"form": form}, status=400 if form.is_bound else 200)


def _own_panel(thing) -> OwnPanel | None:
    """The panel that a thing is, or whose word decides on it."""
    if isinstance(thing, OwnPanel):
        return thing
    return OwnPanel.objects.for_tre(thing).in_force().first() if isinstance(thing, Acceptance) else None


def _offers(thing, user) -> list:
    """What can be done; the steps of a panel only where there is one."""
    found = offers_worth_showing(thing, user)
    has_panel = _own_panel(thing) is not None
    return [each for each in found if has_panel or each.step.verb not in BEFORE_A_PANEL]


def _panel_context(thing, user) -> dict:
    """The panel, and the votes on this that the reader may see."""
    own = _own_panel(thing)
    rounds = Round.objects.of(thing) & Round.objects.visible_to(user) if isinstance(thing, Acceptance) else []
    return {"panel_url": reverse("panels:panel", args=[own.panel_id]) if own else "", "rounds": rounds}


def detail_of(model):
    """The page of one kind of thing that a TRE accepts."""

    @require_safe
    def detail(request, pk):
        thing = get_object_or_404(model.objects.visible_to(request.user), pk=pk)
        is_workflow = isinstance(thing, WorkflowApproval)
        facts, machine_facts = shown_of(thing)
        context = {
            "thing": thing,
            "kind": model._meta.verbose_name,
            "facts": facts,
            "machine_facts": machine_facts,
            "is_workflow": is_workflow,
            "is_told": isinstance(thing, TOLD),
            "difference": difference_of(thing) if is_workflow else None,
            "offers": _offers(thing, request.user),
            **_panel_context(thing, request.user),
            "sign_offs": sign_offs(thing),
            "history": history(thing),
            "shown": stored_workflow("offers", thing.crate) if is_workflow else None,
        }
        return render(request, "custody/detail.html", context)

    return detail
