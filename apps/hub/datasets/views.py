from django.core.files.storage import storages
from django.http import FileResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.core.web.paging import keyset_page
from apps.core.workflow.models import sign_offs
from apps.core.workflow.steps import offers_worth_showing
from apps.hub.datasets.models import Dataset, Tre, WorkflowVersion


@require_safe
def index(request):
    """The catalogue: TREs, datasets, workflows."""
    datasets = Dataset.objects.visible_to(request.user).select_related("held_by")
    context = {
        "tres": Tre.objects.order_by("name"),
        "page": keyset_page(datasets, request),
        "workflows": WorkflowVersion.objects.select_related("workflow")[:50],
    }
    return render(request, "datasets/list.html", context)


@require_safe
def tre(request, pk):
    found = get_object_or_404(Tre.objects.visible_to(request.user), pk=pk)
    return render(
        request, "datasets/tre.html", governed(request, found) | {"datasets": found.datasets.order_by("name")}
    )


@require_safe
def dataset(request, pk):
    found = get_object_or_404(Dataset.objects.visible_to(request.user).select_related("held_by"), pk=pk)
    return render(request, "datasets/dataset.html", governed(request, found) | {"versions": found.versions.all()})


def governed(request, thing) -> dict:
    """What every page of a governed thing shows."""
    return {"thing": thing, "offers": offers_worth_showing(thing, request.user), "sign_offs": sign_offs(thing)}


@require_safe
def workflow(request, pk):
    version = get_object_or_404(WorkflowVersion.objects.select_related("workflow"), pk=pk)
    return render(request, "datasets/workflow.html", {"version": version})


@require_safe
def workflow_crate(request, pk):
    """The Workflow RO-Crate itself (5S-HTTP-01)."""
    version = get_object_or_404(WorkflowVersion, pk=pk)
    response = FileResponse(
        storages["crates"].open(version.crate),
        as_attachment=True,
        filename="workflow.zip",
        content_type="application/zip",
    )
    response["Link"] = '<https://w3id.org/ro/crate>; rel="profile"'
    return response
