from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.core.audit.history import history
from apps.core.web.paging import keyset_page
from apps.core.workflow.models import sign_offs
from apps.core.workflow.steps import offers_worth_showing
from apps.node.custody.models import (
    DataGrant,
    DatasetLocation,
    MemberAcceptance,
    ProjectAcceptance,
    WorkflowApproval,
)

KINDS = {
    "projects": ProjectAcceptance,
    "people": MemberAcceptance,
    "data": DataGrant,
    "workflows": WorkflowApproval,
}


@require_safe
def index(request):
    """Everything that this person's TRE accepts, one kind at a time."""
    kind = request.GET.get("kind", "projects")
    model = KINDS.get(kind, ProjectAcceptance)
    context = {
        "page": keyset_page(model.objects.visible_to(request.user), request),
        "kind": kind,
        "kinds": list(KINDS),
        "locations": DatasetLocation.objects.visible_to(request.user).order_by("name")[:50],
    }
    return render(request, "custody/list.html", context)


def detail_of(model):
    """The page of one kind of thing that a TRE accepts."""

    @require_safe
    def detail(request, pk):
        thing = get_object_or_404(model.objects.visible_to(request.user), pk=pk)
        context = {
            "thing": thing,
            "facts": thing.content(),
            "offers": offers_worth_showing(thing, request.user),
            "sign_offs": sign_offs(thing),
            "history": history(thing),
        }
        return render(request, "custody/detail.html", context)

    return detail
