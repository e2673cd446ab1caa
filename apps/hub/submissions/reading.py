"""A crate for people: what was asked, what will run, what happened. Files and entities only for those who may take it home."""

from dataclasses import replace

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from apps.core.audit.access import record_access
from apps.core.crates import cwl, story
from apps.core.crates.check import document_of, read
from apps.core.crates.graph import Graph
from apps.core.crates.inert import beginning
from apps.core.crates.package import Bag, open_bag
from apps.core.web.crates import entities_page, stored_workflow, workflow_steps
from apps.hub.datasets.models import DatasetVersion
from apps.hub.submissions import checking, permissions
from apps.hub.submissions.models import Request, Submission

MOST_FILES = 20


def _accepted(request, pk) -> Submission:
    """A submission whose crate passed the check: what was refused is not kept, and what is being checked not read."""
    rows = Submission.objects.visible_to(request.user).select_related("by", "project", "workflow_version")
    found = get_object_or_404(rows, pk=pk)
    if not found.facts:
        raise Http404
    return found


@require_safe
def crate(request, pk):
    """An uploaded crate: who asks, for whom, what will run on which inputs, and where it was sent."""
    submission = _accepted(request, pk)
    may_read = permissions.can_read_crate(request.user, submission)
    record_access(by=request.user, what="read crate", subject=submission)
    with checking.local_copy("crates", submission.crate) as path:
        document = read(path, checking.limits()).document
        told = story.tell(document)
        bag = open_bag(path, checking.limits())
        with bag.archive:
            shown_inputs = told.inputs if may_read else [as_told(each, submission) for each in told.inputs]
            inputs = [(each, input_file(bag, each.path, may_read)) for each in shown_inputs[:MOST_FILES]]
            shown = steps_of(submission, document, bag)
    context = {
        "submission": submission,
        "story": told,
        "inputs": inputs,
        "more_inputs": shown_inputs[MOST_FILES:],
        "shown": shown,
        "may_read": may_read,
        "sent": sent_to(submission),
    }
    return render(request, "submissions/crate.html", context)


def as_told(given: story.Input, submission: Submission) -> story.Input:
    """An input as the submission's page tells it: what looks like a secret is masked."""
    masked = {each["id"]: each["value"] for each in submission.facts["inputs"]}
    return replace(given, value=str(masked.get(given.id) or given.value))


def sent_to(submission: Submission) -> list[tuple[Request, list[tuple[str, DatasetVersion]]]]:
    """Each request, and the dataset that fills each parameter there. Two queries."""
    requests = list(submission.requests.select_related("tre").order_by("tre__name"))
    asked = [version for each in requests for version in each.datasets.values()]
    versions = DatasetVersion.objects.select_related("dataset").in_bulk(asked)
    by_text = {str(pk): version for pk, version in versions.items()}
    return [(each, [(name, by_text[version]) for name, version in each.datasets.items()]) for each in requests]


def input_file(bag: Bag, path: str, may_read: bool) -> dict | None:
    """Name and size of an input file, and its beginning for those who may read it; None for a value or a folder."""
    if f"data/{path}" not in bag.members:
        return None
    return {"size": bag.size(path), "beginning": beginning(bag, path) if may_read else None}


def steps_of(submission: Submission, document: dict, bag: Bag) -> dict:
    """The steps of its workflow: from the catalogue, else from a copy inside the crate."""
    if submission.workflow_version:
        return stored_workflow("crates", submission.workflow_version.crate)
    folder = str(Graph(document).workflow.get("@id", ""))
    if bag.has(f"{folder}ro-crate-metadata.json"):
        return workflow_steps(cwl.read_crate(cwl.in_zip(bag.archive, f"{bag.top}/data/{folder}")))
    return workflow_steps(
        cwl.Workflow(problem=_("This workflow is not in the catalogue of this portal, so we cannot show its steps."))
    )


@require_safe
def entities(request, pk):
    """Everything that an uploaded crate describes, as it was accepted: without reviews of its own."""
    submission = _accepted(request, pk)
    permissions.check_can_read_crate(request.user, submission)
    record_access(by=request.user, what="read entities", subject=submission)
    with checking.local_copy("crates", submission.crate) as path:
        context = entities_page(request, read(path, checking.limits()).document)
    context |= {"thing": submission, "back": reverse("submissions:crate", args=[submission.pk])}
    return render(request, "submissions/entities.html", context)


def _released(request, pk) -> Request:
    """A request that has its result."""
    rows = Request.objects.visible_to(request.user).filter(result__isnull=False)
    return get_object_or_404(rows.select_related("tre", "submission__project", "submission__by", "result"), pk=pk)


@require_safe
def result(request, pk):
    """A released crate: what happened, phase by phase, and what each phase wrote into it."""
    found = _released(request, pk)
    may_read = permissions.can_download(request.user, found)
    record_access(by=request.user, what="read result", subject=found)
    with checking.local_copy("crates", found.submission.crate) as path:
        asked = read(path, checking.limits()).document
    with checking.local_copy("released", found.result.crate) as path:
        document = document_of(path, checking.limits())
        bag = open_bag(path, checking.limits())
        with bag.archive:
            files = released_files(bag, may_read)
    context = {
        "asked": found,
        "result": found.result,
        "difference": story.difference(asked, document),
        "files": files[:MOST_FILES],
        "more_files": files[MOST_FILES:],
        "withheld": [each for each in found.result.files if not each["released"]],
        "may_read": may_read,
        "entities_url": reverse("submissions:result_entities", args=[found.pk]) if may_read else "",
    }
    return render(request, "submissions/result.html", context)


def released_files(bag: Bag, may_read: bool) -> list[dict]:
    """The released files, the first of them with their beginnings for those who may read them."""
    paths = [path for path in bag.payload() if path.startswith("outputs/")]
    return [
        {
            "path": path,
            "size": bag.size(path),
            "beginning": beginning(bag, path) if may_read and number < MOST_FILES else None,
        }
        for number, path in enumerate(paths)
    ]


@require_safe
def result_entities(request, pk):
    """Everything that a released crate describes."""
    found = _released(request, pk)
    permissions.check_can_download(request.user, found)
    record_access(by=request.user, what="read result entities", subject=found)
    with checking.local_copy("released", found.result.crate) as path:
        context = entities_page(request, document_of(path, checking.limits()))
    context |= {"thing": found, "back": reverse("submissions:result", args=[found.pk])}
    return render(request, "submissions/entities.html", context)
