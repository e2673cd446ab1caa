import tempfile
from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.core.files.storage import storages
from django.http import FileResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.audit.access import record_access
from apps.core.errors import BadInput
from apps.core.notices.reminders import today
from apps.core.web.crates import stored_workflow
from apps.core.web.paging import keyset_page
from apps.core.workflow.deciding import decides
from apps.core.workflow.models import sign_offs
from apps.core.workflow.steps import offers_worth_showing
from apps.core.workflow.typed import keeps_what_was_typed
from apps.hub.datasets import actions, permissions, samples
from apps.hub.datasets import leaving as checklists
from apps.hub.datasets.forms import (
    CertificateForm,
    DatasetForm,
    OptOutForm,
    TickForm,
    TreForm,
    VersionForm,
    WorkflowForm,
)
from apps.hub.datasets.models import Certificate, Dataset, DatasetVersion, Tre, WorkflowVersion
from apps.hub.researchers import files


@require_safe
def index(request):
    """The catalogue: TREs, datasets, workflows."""
    datasets = Dataset.objects.visible_to(request.user).select_related("held_by")
    context = {
        "tres": Tre.objects.order_by("name"),
        "page": keyset_page(datasets, request),
        "workflows": WorkflowVersion.objects.select_related("workflow")[:50],
        "may_describe": permissions.can_describe(request.user),
    }
    return render(request, "datasets/list.html", context)


@require_safe
def tre(request, pk):
    found = get_object_or_404(Tre.objects.visible_to(request.user), pk=pk)
    context = governed(request, found) | {
        "datasets": found.datasets.order_by("name"),
        "certificates": Certificate.objects.visible_to(request.user).filter(held_by=found).select_related("held_by"),
        "leaves": found.state in (Tre.State.LEAVING, Tre.State.LEFT)
        and permissions.can_read_leaving(request.user, found),
        "certified": found.certificates_in_force(today()),
        "may_describe": permissions.can_describe(request.user),
    }
    return render(request, "datasets/tre.html", context)


@login_not_required
@require_safe
def dataset(request, pk):
    """A description, for anyone; who is signed in also sees who decided, and the sample."""
    found = get_object_or_404(Dataset.objects.visible_to(request.user).select_related("held_by"), pk=pk)
    may_add = found.state == Dataset.State.DRAFT and permissions.can_describe(request.user)
    context = governed(request, found) | {"versions": with_first_rows(found), "may_add_version": may_add}
    return render(request, "datasets/dataset.html", context)


def with_first_rows(dataset: Dataset) -> list[DatasetVersion]:
    """Its versions, each with the first rows of its sample to be shown."""
    versions = list(dataset.versions.all())
    for version in versions:
        version.first_rows = samples.first_rows(version.sample_sha256) if version.sample_sha256 else []
    return versions


@require_safe
def sample(request, pk):
    """The sample of invented rows, as it was given: a file to keep, never a page."""
    versions = DatasetVersion.objects.filter(dataset__in=Dataset.objects.visible_to(request.user))
    version = get_object_or_404(versions.exclude(sample_sha256=""), pk=pk)
    return FileResponse(
        storages["crates"].open(samples.path_of(version.sample_sha256)),
        as_attachment=True,
        filename=version.sample_name,
        content_type="text/csv; charset=utf-8",
    )


def governed(request, thing) -> dict:
    """What every page of a governed thing shows."""
    if not request.user.is_authenticated:
        return {"thing": thing, "offers": [], "sign_offs": None}
    return {"thing": thing, "offers": offers_worth_showing(thing, request.user), "sign_offs": sign_offs(thing)}


def _form_page(request, form, title: str, back: str):
    """A form of the catalogue, asked again with its errors where it is not right."""
    context = {"form": form, "title": title, "back": back}
    return render(request, "datasets/form.html", context, status=400 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@decides
def new_tre(request):
    """Describe a TRE that wants to take part."""
    permissions.check_can_describe(request.user)
    form = TreForm(request.POST or None)
    if form.is_valid():
        return redirect(actions.add_tre(by=request.user, **form.cleaned_data))
    return _form_page(request, form, _("Add a secure data centre"), "datasets:list")


@require_http_methods(["GET", "POST"])
@decides
def opt_out(request, pk):
    """Write what a TRE tells the public about opting out."""
    permissions.check_can_describe(request.user)
    tre = get_object_or_404(Tre, pk=pk)
    form = OptOutForm(request.POST or None, instance=tre)
    if form.is_valid():
        return redirect(actions.say_how_to_opt_out(tre=tre, by=request.user, **form.cleaned_data))
    return _form_page(request, form, _("How to opt out at %(tre)s") % {"tre": tre}, "datasets:list")


@require_http_methods(["GET", "POST"])
@decides
def leaving(request, pk):
    """What has to be done before a TRE has left: what the portal sees, and what somebody ticks off."""
    tre = get_object_or_404(Tre.objects.visible_to(request.user), pk=pk)
    permissions.check_can_read_leaving(request.user, tre)
    items = checklists.checklist(tre)
    to_tick = [item for item in items if item.key and not item.is_done]
    form = TickForm(request.POST if request.method == "POST" else None, undone=to_tick)
    with keeps_what_was_typed(form):
        if form.is_valid():
            checklists.tick_off(tre=tre, by=request.user, **form.cleaned_data)
            return redirect("datasets:leaving", tre.pk)
    may_tick = to_tick and tre.state == Tre.State.LEAVING and permissions.can_describe(request.user)
    context = {
        "tre": tre,
        "undone": [item for item in items if not item.is_done],
        "done": [item for item in items if item.is_done],
        "keepers": checklists.who_ticks_off() if tre.state == Tre.State.LEAVING else [],
        "form": form,
        "may_tick": may_tick or form.is_bound,
    }
    return render(request, "datasets/leaving.html", context, status=400 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@decides
def new_certificate(request, pk):
    """Enter evidence for a TRE's accreditation."""
    permissions.check_can_describe(request.user)
    tre = get_object_or_404(Tre, pk=pk)
    form = CertificateForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        return redirect(actions.hand_in_certificate(tre=tre, by=request.user, **form.cleaned_data))
    return _form_page(request, form, _("Hand in a certificate of %(tre)s") % {"tre": tre}, "datasets:list")


@require_safe
def certificate(request, pk):
    """One certificate, for the offices: what it says, and who decided on it."""
    found = get_object_or_404(Certificate.objects.visible_to(request.user).select_related("held_by"), pk=pk)
    return render(request, "datasets/certificate.html", governed(request, found))


@require_safe
def certificate_file(request, pk):
    """The paper itself: a file to keep, never a page. Each time is noted."""
    found = get_object_or_404(Certificate.objects.visible_to(request.user), pk=pk)
    record_access(by=request.user, what="certificate", subject=found)
    name = f"certificate-{found.file_sha256[:8]}.{files.ending_of(found.media_type)}"
    paper = storages["evidence"].open(found.file)
    response = FileResponse(paper, as_attachment=True, filename=name, content_type=found.media_type)
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(["GET", "POST"])
@decides
def new_dataset(request, pk):
    """Describe a dataset of a TRE."""
    permissions.check_can_describe(request.user)
    tre = get_object_or_404(Tre, pk=pk)
    form = DatasetForm(request.POST or None, tre=tre)
    if form.is_valid():
        return redirect(actions.describe_dataset(by=request.user, tre=tre, **form.cleaned_data))
    return _form_page(request, form, _("Describe a dataset of %(tre)s") % {"tre": tre}, "datasets:list")


@require_http_methods(["GET", "POST"])
@decides
def new_version(request, pk):
    """Add a version to a description that is not listed yet."""
    permissions.check_can_describe(request.user)
    dataset = get_object_or_404(Dataset, pk=pk)
    form = VersionForm(request.POST or None, request.FILES or None, dataset=dataset)
    if form.is_valid():
        actions.add_version(by=request.user, dataset=dataset, **form.facts())
        return redirect(dataset)
    return _form_page(request, form, _("Add a version of %(dataset)s") % {"dataset": dataset}, "datasets:list")


@require_http_methods(["GET", "POST"])
@decides
def new_workflow(request):
    """Put a workflow version into the catalogue. What was typed stays; only the file has to be chosen again."""
    permissions.check_can_describe(request.user)
    form = WorkflowForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            return redirect(keep_workflow(request.user, **form.cleaned_data))
        except BadInput as problem:
            form.add_error("crate", str(problem.sentence))
    return _form_page(request, form, _("Add an analysis (workflow)"), "datasets:list")


def keep_workflow(by, *, crate, **facts) -> WorkflowVersion:
    """Write the uploaded crate to the disk for as long as it is looked at. Raises BadInput."""
    with tempfile.NamedTemporaryFile(suffix=".zip") as copy:
        for chunk in crate.chunks():
            copy.write(chunk)
        copy.flush()
        return actions.add_workflow_version(by=by, crate=Path(copy.name), **facts)


@require_safe
def workflow(request, pk):
    version = get_object_or_404(WorkflowVersion.objects.select_related("workflow"), pk=pk)
    return render(
        request, "datasets/workflow.html", {"version": version, "shown": stored_workflow("crates", version.crate)}
    )


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
