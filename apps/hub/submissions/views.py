import json

from django.conf import settings
from django.contrib import messages
from django.core.files.storage import storages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.audit.access import record_access
from apps.core.audit.history import history
from apps.core.crates.check import document_of
from apps.core.crates.detached import MEDIA_TYPE, detached
from apps.core.notices.reminders import today
from apps.core.workflow import steps
from apps.core.workflow.steps import offers_worth_showing
from apps.hub.datasets.models import DatasetVersion
from apps.hub.projects.tre_decisions import not_yet
from apps.hub.submissions import actions, checking, eligibility, permissions
from apps.hub.submissions.board import board
from apps.hub.submissions.forms import ChoiceForm, UploadForm
from apps.hub.submissions.lists import SubmissionList
from apps.hub.submissions.models import Draft, Request, Submission


@require_safe
def index(request):
    rows = Submission.objects.visible_to(request.user).select_related("by", "project")
    drafts = Draft.objects.visible_to(request.user).unfinished().select_related("project", "workflow_version__workflow")
    listing = SubmissionList(request, rows)
    if listing.wants_csv:
        return listing.csv()
    context = {
        "listing": listing,
        "may_upload": request.user.has_hub_role("researcher"),
        "drafts": drafts.order_by("-saved_at")[:50],
    }
    return render(request, "submissions/list.html", context)


@require_http_methods(["GET", "POST"])
def upload(request):
    """A crate comes in by a form; what was typed stays, only the file has to be chosen again."""
    permissions.check_can_upload(request.user)
    if request.method == "GET":
        return render(request, "submissions/upload.html", {"form": UploadForm(), "limit": settings.UPLOAD_LIMIT_MB})
    form = UploadForm(request.POST, request.FILES)
    too_large = getattr(request, "upload_too_large", False)
    if form.is_valid() and not too_large:
        file, title = form.cleaned_data["crate"], form.cleaned_data["title"]
        return redirect(actions.upload(by=request.user, file=file, title=title))
    if too_large:
        form.errors.pop("crate", None)
        form.add_error("crate", _("The file is larger than %(limit)s MB.") % {"limit": settings.UPLOAD_LIMIT_MB})
    context = {"form": form, "limit": settings.UPLOAD_LIMIT_MB, "choose_again": True}
    return render(request, "submissions/upload.html", context, status=413 if too_large else 400)


def _submission(request, pk) -> Submission:
    rows = Submission.objects.visible_to(request.user).select_related("by", "project", "workflow_version__workflow")
    return get_object_or_404(rows, pk=pk)


@require_safe
def detail(request, pk):
    submission = _submission(request, pk)
    is_valid = submission.state == Submission.State.VALID
    is_hers = submission.by == request.user
    context = {
        "submission": submission,
        "reasons": eligibility.reasons(submission.facts, submission.by) if is_valid else [],
        "may_choose": is_valid and is_hers,
        "requests": submission.requests.select_related("tre", "result").order_by("tre__name"),
        "offers": offers_worth_showing(submission, request.user),
        "same_person": bool(submission.facts) and eligibility.is_same_person(submission.by, submission.facts),
        "history": history(submission),
        "may_ask_again": may_ask_again(submission, request.user),
    }
    return render(request, "submissions/detail.html", context)


def may_ask_again(submission: Submission, user) -> bool:
    """True for a researcher who may read the crate, of a project and analysis that are known here."""
    is_known = bool(submission.crate and submission.project and submission.workflow_version)
    return is_known and user.has_hub_role("researcher") and permissions.can_read_crate(user, submission)


@require_http_methods(["GET", "POST"])
def choose(request, pk):
    """Choose the TREs and the datasets there, then send."""
    submission = _submission(request, pk)
    steps.check_state(submission, "send")
    actions.check_can_send(request.user, submission)
    project = submission.project
    asked = list(project.tres.order_by("name").prefetch_related("certificates"))
    closed = [why for tre in asked if (why := tre.why_closed(today()))]
    tres = [tre for tre in asked if not tre.why_closed(today())]
    versions = list(DatasetVersion.objects.filter(projects=project, dataset__state="listed").select_related("dataset"))
    form = ChoiceForm(
        request.POST if request.method == "POST" else None,
        workflow_version=submission.workflow_version,
        tres=tres,
        versions=versions,
        is_suspicious=actions.is_suspicious(submission.report),
    )
    if form.is_valid():
        looked = form.cleaned_data.get("looked_at_suspicions", False)
        choices = form.choices()
        sent = actions.send(submission=submission, by=request.user, choices=choices, looked_at_suspicions=looked)
        messages.success(request, _("Sent to %(names)s.") % {"names": ", ".join(each.tre.name for each in sent)})
        return redirect(submission)
    context = {"form": form, "submission": submission, "closed": closed}
    context["not_yet"] = not_yet(project, request.user, tres)
    return render(request, "submissions/choose.html", context, status=400 if form.is_bound else 200)


def _request(request, pk) -> Request:
    rows = Request.objects.visible_to(request.user).select_related(
        "tre", "submission__by", "submission__project", "submission__workflow_version__workflow", "result"
    )
    return get_object_or_404(rows, pk=pk)


@require_safe
def one_request(request, pk):
    """One request: the five safes as the hub knows them, what the TRE said, what came back."""
    found = _request(request, pk)
    context = {
        "asked": found,
        "board": board(found),
        "offers": offers_worth_showing(found, request.user),
        "history": history(found),
        "result": getattr(found, "result", None),
        "may_download": permissions.can_download(request.user, found),
    }
    response = render(request, "submissions/request.html", context)
    if context["result"] and context["may_download"]:
        response["Link"] = signposts(request.build_absolute_uri(reverse("submissions:download", args=[found.pk])))
    return response


def signposts(crate: str) -> str:
    """Where a program finds the crate of this page (Signposting; 5S-HTTP-02)."""
    item = f'<{crate}>; rel="item"; type="application/zip"'
    return f'{item}, <https://w3id.org/ro/crate>; rel="profile"; type="application/zip"; anchor="{crate}"'


@require_safe
def download(request, pk):
    """The result crate, for the project's members of today (5S-HTTP-01)."""
    found = _request(request, pk)
    permissions.check_can_download(request.user, found)
    result = getattr(found, "result", None)
    if result is None:
        raise Http404
    record_access(by=request.user, what="download", subject=found)
    response = FileResponse(
        storages["released"].open(result.crate),
        as_attachment=True,
        filename=f"result-{found.pk}.zip",
        content_type="application/zip",
    )
    response["Link"] = '<https://w3id.org/ro/crate>; rel="profile"'
    return response


@require_safe
def metadata(request, pk):
    """The metadata of a result crate on its own, in the detached form (5S-HTTP-03)."""
    found = _request(request, pk)
    permissions.check_can_download(request.user, found)
    result = getattr(found, "result", None)
    if result is None:
        raise Http404
    record_access(by=request.user, what="read metadata", subject=found)
    with checking.local_copy("released", result.crate) as path:
        document = document_of(path)
    told = detached(document, found.submission.external_identifier)
    return HttpResponse(json.dumps(told, ensure_ascii=False, indent=1), content_type=MEDIA_TYPE)


@require_safe
def original(request, pk):
    """The crate as it was uploaded, byte for byte, for its project."""
    submission = _submission(request, pk)
    if not submission.crate:
        raise Http404
    permissions.check_can_read_crate(request.user, submission)
    record_access(by=request.user, what="download original", subject=submission)
    return FileResponse(
        submission.open_crate(), as_attachment=True, filename="request.zip", content_type="application/zip"
    )
