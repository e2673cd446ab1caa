import csv
import io
from itertools import islice

from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.core.audit.access import record_access
from apps.core.workflow.steps import offers_worth_showing
from apps.node.custody.models import AgreementPolicy
from apps.node.egress import counts
from apps.node.egress.lists import EgressList
from apps.node.egress.models import EgressRequest, OutputFile
from apps.node.egress.outcome import may_leave, votes_of_round
from apps.node.egress.permissions import check_can_check

SHOWN_ROWS = 200
SHOWN_CHARACTERS = 20_000
INERT = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@require_safe
def index(request):
    listing = EgressList(request, EgressRequest.objects.visible_to(request.user).select_related("run"))
    return listing.csv() if listing.wants_csv else render(request, "egress/list.html", {"listing": listing})


def _egress(request, pk) -> EgressRequest:
    return get_object_or_404(EgressRequest.objects.visible_to(request.user).select_related("run"), pk=pk)


@require_safe
def detail(request, pk):
    """The files, and the votes once both checkers have decided; before that only one's own."""
    egress = _egress(request, pk)
    votes = votes_of_round(egress)
    both_in = egress.state not in ("awaiting_context", "open", "first_review")
    sees_all = both_in or AgreementPolicy.objects.get(pk=egress.tre).is_sequential
    shown = votes if sees_all else [vote for vote in votes if vote.checker == request.user]
    files = [
        {
            "file": file,
            "votes": [vote for vote in shown if vote.file_id == file.pk],
            "leaves": both_in and may_leave(file, votes),
        }
        for file in egress.files.all()
    ]
    context = {
        "egress": egress,
        "files": files,
        "both_in": both_in,
        "refused": egress.refused.all(),
        "offers": offers_worth_showing(egress, request.user),
    }
    return render(request, "egress/detail.html", context)


def _file(request, pk) -> OutputFile:
    visible = EgressRequest.objects.visible_to(request.user)
    file = get_object_or_404(OutputFile.objects.filter(egress__in=visible).select_related("egress__run"), pk=pk)
    check_can_check(request.user, file.egress)
    if not file.path:
        raise Http404
    record_access(by=request.user, what="view output", subject=file.egress)
    return file


@require_safe
def show(request, pk):
    """One file, inert: a table, text, or an image in a page that allows no script."""
    file = _file(request, pk)
    context = {"file": file, "rows": [], "text": ""}
    if file.kind in (OutputFile.Kind.TABLE, OutputFile.Kind.TEXT):
        with file.open_stored() as stream:
            text = stream.read(SHOWN_CHARACTERS).decode("utf-8", "replace")
        if file.kind == OutputFile.Kind.TABLE:
            context |= table(list(islice(csv.reader(io.StringIO(text)), SHOWN_ROWS)), file)
        else:
            context["text"] = text
    return render(request, "egress/show.html", context)


def table(rows: list[list[str]], file: OutputFile) -> dict:
    """The rows, and how many of their numbers the TRE's policy asks a checker to look at."""
    policy = AgreementPolicy.objects.get(pk=file.egress.tre)
    cells = counts.marked(rows, policy)
    small = sum(each.is_small for line in cells for each in line)
    unrounded = sum(each.is_unrounded for line in cells for each in line)
    return {"rows": cells, "small": small, "unrounded": unrounded, "policy": policy}


@require_safe
def image(request, pk):
    """The bytes of an image, for that page only: sandboxed, never sniffed, never run."""
    file = _file(request, pk)
    if file.kind != OutputFile.Kind.IMAGE:
        raise Http404
    response = FileResponse(file.open_stored(), content_type=file.media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = INERT
    return response
