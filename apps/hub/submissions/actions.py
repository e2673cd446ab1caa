import secrets
from pathlib import Path
from uuid import UUID, uuid4

from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts.identity import identity_of
from apps.core.accounts.workplace import Workplace
from apps.core.audit.act import act, outbox, record
from apps.core.crates.check import sha256_of
from apps.core.crates.findings import ERROR
from apps.core.errors import BadInput, NotAllowed, WrongState
from apps.core.exchange import bodies
from apps.core.exchange import service as exchange
from apps.core.exchange.models import Document
from apps.core.notices.reminders import today
from apps.core.notices.service import notify
from apps.core.outbox.registry import TryLater, work
from apps.core.workflow import steps
from apps.core.workflow.steps import step
from apps.hub.datasets.models import DatasetVersion
from apps.hub.projects.models import Project
from apps.hub.researchers.changes import PROJECT, say_changed
from apps.hub.researchers.queries import accreditation_of, accredited_until
from apps.hub.submissions import checking, eligibility, permissions
from apps.hub.submissions.forms import AnswerForm, WithdrawForm
from apps.hub.submissions.models import Request, Result, Submission
from apps.hub.submissions.notices import tell

CHECK_AT_ONCE_BYTES = 20 * 1024 * 1024


def upload(*, by, file, title: str = "", together=None) -> Submission:
    """Keep a crate byte for byte and look into it: at once where it is small, by the worker where it is not.

    `together`: what happens in the same act, given the submission. Where it cannot, nothing of the crate is kept.
    """
    permissions.check_can_upload(by)
    stored = storages["crates"].save(f"{uuid4()}.zip", file)
    try:
        submission = keep(by, file, title, stored, together)
    except BaseException:
        storages["crates"].delete(stored)
        raise
    if file.size <= CHECK_AT_ONCE_BYTES:
        examine(str(submission.pk))
    return submission


def keep(by, file, title: str, stored: str, together) -> Submission:
    """The row of a stored crate."""
    with checking.local_copy("crates", stored) as path:
        sha256 = sha256_of(path)
    with act():
        submission = Submission.objects.create(
            by=by, file_name=Path(file.name).name[:255], crate=stored, sha256=sha256, size=file.size, title=title
        )
        record("submission.uploaded", by=by, subject=submission, sha256=sha256)
        if file.size > CHECK_AT_ONCE_BYTES:
            outbox(examine, submission=submission.pk)
        if together:
            together(submission)
    return submission


@work("submissions.examine")
def examine(submission: str) -> None:
    """Check an uploaded crate: refused or ready to send. Of a refused one only the hash and the refusal are kept."""
    with act():
        found = Submission.objects.select_for_update().get(pk=submission)
        if found.state == Submission.State.UPLOADED:
            found.begin_check()
            found.save()
    if found.state != Submission.State.CHECKING:
        return
    with checking.local_copy("crates", found.crate) as path:
        report, facts = checking.look_into(path)
    conclude(submission, report, facts)


def conclude(submission: str, report: dict, facts: dict) -> None:
    """Write down what the check found."""
    with act():
        found = Submission.objects.select_for_update().get(pk=submission)
        if found.state != Submission.State.CHECKING:
            return
        first = accepted_before(found.sha256, report["external_identifier"])
        if first:
            message = _("This crate, or another with its External-Identifier, was accepted before: %(first)s.")
            mend = _("Give each new request a fresh External-Identifier.")
            replay = {"rule": "M-32", "level": ERROR, "entity": "bag-info.txt", "message": message % {"first": first}}
            report["findings"].append(replay | {"mend": mend, "url": first.get_absolute_url()})
            report["verdict"] = "refused"
        found.report, found.external_identifier = report, report["external_identifier"][:200]
        stored = found.crate
        if report["verdict"] == "accepted":
            found.accept()
            found.facts = facts
            found.title = found.title or facts["name"][:300]
            found.project = eligibility.known_project(facts)
            found.workflow_version = eligibility.known_workflow(facts)
            record("submission.accepted", by="portal", subject=found)
        else:
            found.refuse()
            transaction.on_commit(lambda: storages["crates"].delete(stored))
            record("submission.refused", by="portal", subject=found)
        found.save()
        if found.size > CHECK_AT_ONCE_BYTES:  # of a small one she is told on the page that she looks at
            kind = "submission.accepted" if report["verdict"] == "accepted" else "submission.refused"
            notify(kind, to=found.by, about=found, analysis=found)


def accepted_before(sha256: str, external_identifier: str) -> Submission | None:
    """An accepted submission of the same bag or the same External-Identifier (M-32). Refused ones do not count."""
    accepted = Submission.objects.exclude(state__in=["uploaded", "checking", "refused"])
    same_bag = accepted.filter(sha256=sha256)
    return (same_bag or accepted.filter(external_identifier=external_identifier or "-")).first()


def is_suspicious(report: dict) -> bool:
    """True where a person has to look at something (5S-SEC-10)."""
    return any(each["rule"] == "5S-SEC-10" for each in report["findings"])


def check_can_send(by, submission) -> None:
    """Hers, and nothing that no TRE would accept. Raises NotAllowed with every reason."""
    permissions.check_is_hers(by, submission)
    permissions.check_can_upload(by)
    found = eligibility.reasons(submission.facts, by)
    if found:
        raise NotAllowed(" ".join(found))


def send(*, submission, by, choices: dict[str, dict[str, str]], looked_at_suspicions: bool = False) -> list[Request]:
    """Ask each chosen TRE: one request and one signed offer for each. `choices`: {TRE: {parameter: dataset version}}.

    Raises BadInput where something looks like a secret or names a patient, and she does not say that she has looked.
    """
    with act():
        project = Project.objects.select_for_update().filter(pk=submission.project_id).first()
        submission = Submission.objects.select_for_update().get(pk=submission.pk)
        check_can_send(by, submission)
        steps.check_state(submission, "send")
        if is_suspicious(submission.report) and not looked_at_suspicions:
            raise BadInput(_("Something in the crate looks like a secret, or names a patient. Look at it, and say so."))
        submission.send()
        submission.save()
        looked = {"looked_at_suspicions": looked_at_suspicions}
        record("submission.sent", by=by, subject=submission, **looked, **project.told())
        say_changed(PROJECT, project.pk)  # what is asked with the columns of now mends what older ones made lapse
        return [ask(submission, project, by, tre, datasets) for tre, datasets in sorted(choices.items())]


def ask(submission, project, by, tre_id: str, datasets: dict[str, str]) -> Request:
    """One request, and its offer. Raises BadInput for a TRE or dataset that is not open to the project."""
    tre = project.tres.filter(pk=tre_id).first()
    why_closed = tre.why_closed(today()) if tre else ""
    if why_closed:
        raise BadInput(why_closed)
    allowed = DatasetVersion.objects.filter(
        pk__in=datasets.values(), dataset__held_by=tre, dataset__state="listed", projects=project
    ).select_related("dataset")
    versions = {str(version.pk): version for version in allowed}
    if tre is None or set(datasets.values()) - set(versions):
        raise BadInput(_("Choose a secure data centre of this project, and datasets there."))
    variables = project.variables_of(allowed)
    request = Request.objects.create(submission=submission, tre=tre, datasets=datasets, columns=variables)
    described = {parameter: dataset_evidence(versions[pk], variables[pk]) for parameter, pk in datasets.items()}
    exchange.send(
        kind=Document.Kind.OFFER,
        side=request.side,
        peer=tre.pk,
        body=offer_body(request, project, by, described),
        attachments=(
            exchange.attach("crate.zip", "crates", submission.crate),
            exchange.attach("workflow.zip", "crates", submission.workflow_version.crate),
        ),
    )
    record("request.sent", by=by, subject=request, **request.told())
    return request


def offer_body(request, project, by, datasets) -> dict:
    """Everything a TRE needs to decide for itself: the crate's facts, and the hub's evidence about project and people."""
    key = secrets.token_hex(32)
    submission, version = request.submission, request.submission.workflow_version
    memberships = list(project.members_now())
    members = [member(each, key) for each in memberships]
    return {
        "request": str(request.pk),
        "title": submission.title,
        "email_key": key,
        "project": project_evidence(project),
        "requester": next(each for each in members if each["id"] == str(by.pk)),
        "members": members,
        "workflow": {
            "id": version.identifier,
            "name": version.workflow.name,
            "label": version.label,
            "sha512": version.sha512,
            "parameters": version.parameters,
            "outputs": version.outputs,
        },
        "datasets": datasets,
        "crate": {
            "sha256": submission.sha256,
            "external_identifier": submission.external_identifier,
            "run_id": submission.facts["run_id"],
        },
    }


def project_evidence(project) -> dict:
    """A project as an offer tells of it."""
    return {
        "id": str(project.pk),
        "code": project.code,
        "title": project.title,
        "lay_summary": project.lay_summary,
        "until": project.until.isoformat(),
        "panel": {"id": str(project.panel_id), "name": project.panel.name},
        "content_sha256": project.content_sha256(),
    }


def dataset_evidence(version: DatasetVersion, variables: list[str]) -> dict:
    """A dataset version as an offer names it. `variables`: those that the panel was asked for."""
    return {
        "version": str(version.pk),
        "name": version.dataset.name,
        "label": version.label,
        "variables": variables,
    }


def member(membership, key: str) -> dict:
    """A project member as an offer names her."""
    user, accreditation = membership.user, accreditation_of(membership.user)
    until = accredited_until(accreditation, timezone.now())
    return {
        "id": str(user.pk),
        "name": user.name,
        **identity_of(user, key).as_json(),
        "is_lead": membership.is_lead,
        "accredited_until": until.isoformat() if until else "",
        "accreditation_sha256": accreditation.content_sha256() if accreditation else "",
        "organisation": workplace_of(accreditation).as_json(),
    }


def workplace_of(accreditation) -> Workplace:
    """Where a person works, as her accreditation says."""
    return (
        Workplace(accreditation.organisation.name, accreditation.organisation.ror) if accreditation else Workplace("")
    )


@step(
    Request,
    label=gettext_lazy("Take this request back"),
    check=permissions.check_can_withdraw,
    form=WithdrawForm,
    warning=True,
    done=gettext_lazy("Taken back. The secure data centre is told to stop."),
)
def withdraw(*, request, by, reason: str):
    """Take one request back: the TRE is told to stop."""
    with act():
        submission = Submission.objects.select_for_update().get(pk=request.submission_id)
        request = Request.objects.select_for_update().get(pk=request.pk)
        permissions.check_can_withdraw(by, request)
        steps.check_state(request, "withdraw")
        request.withdraw()
        request.save()
        body = {"request": str(request.pk), "reason": reason}
        exchange.send(kind=Document.Kind.STOP, side=request.side, peer=request.tre_id, body=body)
        record("request.withdrawn", by=by, subject=request, reason=reason, **request.told())
        end_if_all_ended(submission)


@step(
    Request,
    label=gettext_lazy("Answer the question"),
    check=permissions.check_can_answer,
    form=AnswerForm,
    done=gettext_lazy("Your answer is sent. The secure data centre reads it next."),
)
def answer(*, request, by, answer: str):
    """Answer what a TRE asked: its staff read it, and the run waits for their decision again."""
    with act():
        Submission.objects.select_for_update().get(pk=request.submission_id)
        request = Request.objects.select_for_update().get(pk=request.pk)
        permissions.check_can_answer(by, request)
        steps.check_state(request, "answer")
        request.answer()
        request.save()
        body = {"request": str(request.pk), "answer": answer}
        exchange.send(kind=Document.Kind.ANSWER, side=request.side, peer=request.tre_id, body=body)
        record("request.answered", by=by, subject=request, reason=answer, **request.told())


@step(Submission, label=gettext_lazy("Discard"), check=permissions.check_is_hers, warning=True, transition="send")
def discard(*, submission, by, reason: str):
    """Give up a crate that was not sent."""
    with act():
        submission = Submission.objects.select_for_update().get(pk=submission.pk)
        permissions.check_is_hers(by, submission)
        steps.check_state(submission, "send")
        submission.withdraw()
        submission.save()
        record("submission.withdrawn", by=by, subject=submission, reason=reason)


OF_A_REQUEST = {"request": UUID, "number": bodies.Number}
STATEMENT = OF_A_REQUEST | {"state": str, "fault": str, "reason": str}
RELEASE = OF_A_REQUEST | {"outcome": str, "files": [{"name": str, "released": bool, "reason": str}], "note": str}


def locked(document) -> tuple[Submission, Request, int] | None:
    """The rows that a TRE's document is about, which was read, locked; None for one that was heard already.

    Raises TryLater where an earlier one is still on its way, NotAllowed for another TRE's request.
    """
    body = document.body
    found = Request.objects.filter(pk=UUID(body["request"]), tre_id=document.peer).first()
    if found is None:
        raise NotAllowed(_("This secure data centre has no such request."))
    submission = Submission.objects.select_for_update().get(pk=found.submission_id)
    request = (
        Request.objects.select_for_update(of=("self",)).select_related("tre", "submission__project").get(pk=found.pk)
    )
    number = body["number"]
    if number > request.last_number + 1:
        raise TryLater
    if number <= request.last_number:
        return None
    return submission, request, number


def hear(*, document) -> None:
    """A TRE's statement: one word of the fixed list. Raises WrongState for any other, BadInput for what is no statement."""
    bodies.check(document.body, STATEMENT)
    rows = locked(document)
    if rows is None:
        return
    submission, request, number = rows
    word, fault = document.body["state"], document.body["fault"]
    if word not in Request.WORDS or fault not in ("", "workflow", "ours", "limits"):
        raise WrongState(_("A secure data centre said a word that is not on the list."))
    reason = document.body["reason"][:4000] if word in ("question", "refused") else ""
    if request.has_ended:
        Request.objects.filter(pk=request.pk).update(last_number=number)
        return
    request.hear(word=word, number=number, fault=fault, reason=reason, at=timezone.now())
    request.save()
    record(f"request.{word}", by=document.peer, subject=request, fault=fault, reason=reason, **request.told())
    tell(request)
    end_if_all_ended(submission)


def take_release(*, document) -> None:
    """A TRE's release: keep the result crate, and each output's fate. Raises BadInput for what is no release."""
    bodies.check(document.body, RELEASE)
    if document.body["outcome"] not in Request.RELEASES:
        raise BadInput(_("A secure data centre said a word that is not on the list."))
    attachment = bodies.attachment(document, "result.zip")
    rows = locked(document)
    if rows is None:
        return
    submission, request, number = rows
    body = document.body
    steps.check_state(request, "take_release")
    with storages[attachment["storage"]].open(attachment["path"]) as source:
        stored = storages["released"].save(f"{request.pk}.zip", source)
    request.take_release(outcome=body["outcome"], number=number)
    request.save()
    Result.objects.create(
        request=request,
        crate=stored,
        sha256=attachment["sha256"],
        size=attachment["size"],
        files=[
            {"name": each["name"], "released": each["released"], "reason": each["reason"]} for each in body["files"]
        ],
        note=body["note"],
    )
    record(f"request.{body['outcome']}", by=document.peer, subject=request, **request.told())
    tell(request)
    end_if_all_ended(submission)


def end_if_all_ended(submission: Submission) -> None:
    """The roll-up always ends: once every request has. The submission's row is locked by the caller."""
    requests = list(submission.requests.all())
    if submission.state != Submission.State.SENT or not all(each.has_ended for each in requests):
        return
    if all(each.state == Request.State.WITHDRAWN for each in requests):
        submission.withdraw()
    else:
        submission.roll_up(requests=requests)
    submission.save()
    record(f"submission.{submission.state}", by="portal", subject=submission, **submission.project.told())
