"""What a researcher does with a request that she writes by form. A draft is her own paper: the log tells of it once it is asked."""

import mimetypes
from uuid import uuid4

from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.audit.act import act
from apps.core.crates import package
from apps.core.crates.check import CONTEXT_OF_OUTPUT, read
from apps.core.errors import BadInput, NotAllowed, WrongState
from apps.hub.projects.models import Project
from apps.hub.submissions import actions, checking, drafting, eligibility, permissions
from apps.hub.submissions.models import Draft, Submission


def start(*, by, project: Project, workflow_version) -> Draft:
    """A new draft for a project of hers."""
    permissions.check_can_upload(by)
    permissions.check_is_member(by, project)
    return Draft.objects.create(by=by, project=project, workflow_version=workflow_version)


def locked(draft: Draft, by) -> Draft:
    """The draft, locked and read again. Raises NotAllowed where it is not hers, WrongState where it was asked already."""
    found = Draft.objects.select_for_update().get(pk=draft.pk)
    permissions.check_is_hers(by, found)
    if found.submission_id:
        raise WrongState(_("This was asked already; nothing was changed."))
    return found


def save(*, draft: Draft, by, values: dict[str, str], files: dict) -> Draft:
    """Keep what was typed, right or wrong, and the files that came. `files`: {parameter: uploaded file}."""
    with act():
        draft = locked(draft, by)
        draft.values, draft.saved_at = values, timezone.now()
        for parameter, file in files.items():
            forget_file(draft, parameter)
            draft.files[parameter] = kept(draft, file.name, file)
        draft.save()
    return draft


def kept(draft: Draft, name: str, file) -> dict:
    """Keep one file of a draft."""
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    path = storages["crates"].save(f"drafts/{draft.pk}/{uuid4()}", file)
    return {"name": name, "path": path, "size": storages["crates"].size(path), "media_type": media_type}


def forget_file(draft: Draft, parameter: str) -> None:
    """Take a file out of a locked draft; it is gone from the storage once that is committed."""
    old = draft.files.pop(parameter, None)
    if old:
        transaction.on_commit(lambda: storages["crates"].delete(old["path"]))


def discard(*, draft: Draft, by) -> None:
    """Throw a draft away, with its files."""
    with act():
        draft = locked(draft, by)
        for parameter in list(draft.files):
            forget_file(draft, parameter)
        draft.delete()


def ask(*, draft: Draft, by, looked_at_suspicions: bool = False) -> Submission:
    """Make the crate, hand it in as an upload is, and send it where it was to go. A second click changes nothing.

    Raises BadInput where an answer is missing or wrong, NotAllowed where no TRE would accept it.
    """
    with act():
        found = Draft.objects.select_for_update().get(pk=draft.pk)
        if found.submission_id:
            return found.submission
        found = locked(found, by)
        form = drafting.saved_form(found)
        if not form.is_valid():
            raise BadInput(_("Some answers are missing or wrong. Look at the form again."))
        with drafting.crate_of(found, form) as path, path.open("rb") as stream:
            _report, facts = checking.look_into(path)
            why_not = eligibility.reasons(facts, by) if facts else []
            if why_not:
                raise NotAllowed(" ".join(why_not))
            submission = actions.upload(by=by, file=File(stream, "request.zip"), title=found.values["title"])
        for parameter in list(found.files):
            forget_file(found, parameter)
        found.submission = submission
        found.save()
        submission = Submission.objects.get(pk=submission.pk)
        if submission.state == Submission.State.VALID:
            choices = form.choices()
            actions.send(submission=submission, by=by, choices=choices, looked_at_suspicions=looked_at_suspicions)
    return Submission.objects.get(pk=submission.pk)


def ask_again(*, submission: Submission, by) -> Draft:
    """A new draft that begins with what an earlier submission asked for. Raises BadInput where it asked for nothing known."""
    permissions.check_can_upload(by)
    permissions.check_can_read_crate(by, submission)
    if not (submission.crate and submission.project and submission.workflow_version):
        raise BadInput(_("This crate names no project and analysis that are known here, so it cannot be asked again."))
    draft = start(by=by, project=submission.project, workflow_version=submission.workflow_version)
    with checking.local_copy("crates", submission.crate) as path:
        crate = read(path)
        bag = package.open_bag(path, checking.limits())
        with bag.archive, act():
            draft.values = {"title": submission.title, "description": crate.description[:2000]}
            for each in crate.inputs:
                if each.path:
                    with bag.open(f"data/{each.path}") as stream:
                        name = each.path.rsplit("/", 1)[-1]
                        draft.files[each.parameter] = kept(draft, name, File(stream, name))
                else:
                    draft.values[f"in_{each.parameter}"] = str(each.value)
            for output in crate.outputs:
                told = {f"out_{output.name}_{word}": getattr(output, word) for word in CONTEXT_OF_OUTPUT}
                draft.values |= {name: value for name, value in told.items() if value}
            draft.values |= where_it_went(submission)
            draft.save()
    return draft


def where_it_went(submission: Submission) -> dict[str, str]:
    """The choice of TREs and datasets of an earlier submission, as the form's fields."""
    found = {}
    for request in submission.requests.all():
        found[f"tre_{request.tre_id}"] = "on"
        found |= {f"data_{request.tre_id}_{name}": version for name, version in request.datasets.items()}
    return found
