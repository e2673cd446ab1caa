"""What a researcher does with a request that she writes by form. A draft is her own paper: the log tells of it once it is asked."""

import mimetypes
from contextlib import suppress
from functools import partial
from uuid import uuid4

from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.audit.act import act, outbox
from apps.core.crates import package
from apps.core.crates.check import CONTEXT_OF_OUTPUT, Crate, read
from apps.core.crates.findings import ERROR
from apps.core.errors import BadInput, NotAllowed, Problem, WrongState
from apps.core.outbox.registry import TryLater, work
from apps.hub.projects.models import Project
from apps.hub.submissions import actions, checking, drafting, eligibility, permissions
from apps.hub.submissions.models import Draft, Submission


def start(*, by, project: Project, workflow_version, values: dict[str, str] | None = None) -> Draft:
    """A new draft for a project of hers; one of the same that nobody has touched since is taken up again."""
    permissions.check_can_upload(by)
    permissions.check_is_member(by, project)
    alike = Draft.objects.visible_to(by).unfinished().filter(project=project, workflow_version=workflow_version)
    untouched = (draft for draft in alike if draft.values == (values or {}) and draft.is_untouched())
    return next(untouched, None) or Draft.objects.create(
        by=by, project=project, workflow_version=workflow_version, values=values or {}
    )


def locked(draft: Draft, by) -> Draft:
    """The draft, locked and read again. Raises NotAllowed where it is not hers, WrongState where it is gone or was asked."""
    found = Draft.objects.select_for_update().filter(pk=draft.pk).first()
    if found is None:
        raise WrongState(_("This request was thrown away."))
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


def ask(*, draft: Draft, by, seen: str, looked_at_suspicions: bool = False) -> Submission:
    """Make the crate, hand it in as an upload is, and send it where it was to go. A second click changes nothing.

    `seen`: when what she looked at was saved (`Draft.version()`). The crate is made and checked before anything is locked.
    Raises BadInput where an answer is missing, or the check refuses it; NotAllowed where no TRE would accept it; WrongState
    where it changed since she looked.
    """
    permissions.check_is_hers(by, draft)
    if draft.submission_id:
        return draft.submission
    form = drafting.saved_form(draft)
    if not form.is_valid():
        raise BadInput(_("Some answers are missing or wrong. Look at the form again."))
    with drafting.crate_of(draft, form) as path:
        report, facts = checking.look_into(path)
        check_can_ask(by, report, facts, looked_at_suspicions)
        with path.open("rb") as stream:
            asked = partial(become, draft, by, seen, {"looked_at_suspicions": looked_at_suspicions})
            file = File(stream, "request.zip")
            submission = actions.upload(by=by, file=file, title=draft.values["title"], together=asked)
    if Submission.objects.get(pk=submission.pk).state == Submission.State.VALID:
        send_asked(str(submission.pk))
    return Submission.objects.get(pk=submission.pk)


def check_can_ask(by, report: dict, facts: dict, looked_at_suspicions: bool) -> None:
    """The check accepts the crate, a TRE would, nobody asked it before, and she looked where she has to."""
    if not facts:
        raise BadInput(" ".join(each["message"] for each in report["findings"] if each["level"] == ERROR))
    why_not = eligibility.reasons(facts, by)
    if why_not:
        raise NotAllowed(" ".join(why_not))
    first = actions.accepted_before(report["sha256"], report["external_identifier"])
    if first:
        raise WrongState(_("This very request was handed in before, as “%(first)s”.") % {"first": first})
    if actions.is_suspicious(report) and not looked_at_suspicions:
        raise BadInput(_("Something in the crate looks like a secret, or names a patient. Look at it, and say so."))


def become(draft: Draft, by, seen: str, said: dict, submission: Submission) -> None:
    """Inside the act of the upload: the draft is asked with it. Its files and answers are the crate's from now on."""
    found = locked(draft, by)
    if found.version() != seen:
        raise WrongState(_("This request changed since you looked at it. Look at it again, then ask."))
    choices = drafting.saved_form(found).chosen()
    for parameter in list(found.files):
        forget_file(found, parameter)
    found.values = {"title": found.values["title"], "choices": choices, **said}
    found.submission = submission
    found.save()
    outbox(send_asked, submission=submission.pk)


@work("submissions.send_asked")
def send_asked(submission: str) -> None:
    """Send what was asked by form as soon as its check is done; nothing where it was refused, or sent before."""
    draft = Draft.objects.select_related("submission", "by").get(submission=submission)
    if draft.submission.state in (Submission.State.UPLOADED, Submission.State.CHECKING):
        raise TryLater
    if draft.submission.state != Submission.State.VALID:
        return
    looked, choices = draft.values["looked_at_suspicions"], draft.values["choices"]
    # What keeps it now stands on its page, where she can send it by hand.
    with suppress(Problem):
        actions.send(submission=draft.submission, by=draft.by, choices=choices, looked_at_suspicions=looked)


def ask_again(*, submission: Submission, by) -> Draft:
    """A new draft that begins with what an earlier submission asked for; asked twice, the same one.

    Raises BadInput where it asked for nothing known.
    """
    permissions.check_can_upload(by)
    permissions.check_can_read_crate(by, submission)
    if not (submission.crate and submission.project and submission.workflow_version):
        raise BadInput(_("This crate names no project and analysis that are known here, so it cannot be asked again."))
    with checking.local_copy("crates", submission.crate) as path, act():
        crate = read(path, checking.limits())
        values = values_of(submission, crate)
        draft = start(by=by, project=submission.project, workflow_version=submission.workflow_version, values=values)
        bag = package.open_bag(path, checking.limits())
        with bag.archive:
            for each in crate.inputs:
                if f"data/{each.path}" in bag.members and each.parameter not in draft.files:
                    with bag.open(f"data/{each.path}") as stream:
                        name = each.path.rsplit("/", 1)[-1]
                        draft.files[each.parameter] = kept(draft, name, File(stream, name))
        draft.save()
    return draft


def values_of(submission: Submission, crate: Crate) -> dict[str, str]:
    """The answers of an earlier submission, as the form's fields."""
    values = {"title": submission.title, "description": crate.description[:2000]}
    values |= {f"in_{each.parameter}": str(each.value) for each in crate.inputs if not each.path}
    for output in crate.outputs:
        told = {f"out_{output.name}_{word}": getattr(output, word) for word in CONTEXT_OF_OUTPUT}
        values |= {name: value for name, value in told.items() if value}
    return values | where_it_went(submission)


def where_it_went(submission: Submission) -> dict[str, str]:
    """The choice of TREs and datasets of an earlier submission, as the form's fields."""
    found = {}
    for request in submission.requests.all():
        found[f"tre_{request.tre_id}"] = "on"
        found |= {f"data_{request.tre_id}_{name}": version for name, version in request.datasets.items()}
    return found
