from django.utils.translation import gettext as _

from apps.core.accounts.roles import Role
from apps.core.errors import NotAllowed
from apps.hub.projects.queries import is_member


def check_can_upload(by):
    if not by.has_hub_role(Role.RESEARCHER):
        raise NotAllowed(_("Only a researcher asks for an analysis."))


def check_is_hers(by, submission):
    if submission.by_id != by.pk:
        raise NotAllowed(_("Only the researcher who uploaded this crate does this."))


def check_is_member(by, project):
    if not is_member(project, by):
        raise NotAllowed(_("You are not an approved member of the project %(code)s.") % {"code": project.code})


def check_can_read_crate(by, submission):
    """Who uploaded it, and her project's members as they are now."""
    if by != submission.by and not (submission.project and is_member(submission.project, by)):
        raise NotAllowed(_("Only the researcher and her project read this crate."))


def can_read_crate(by, submission) -> bool:
    try:
        check_can_read_crate(by, submission)
    except NotAllowed:
        return False
    return True


def check_can_withdraw(by, request):
    """The requester, or the project's lead: one person may always stop."""
    project = request.submission.project
    if by.pk not in (request.submission.by_id, project.lead_id):
        raise NotAllowed(_("Only the researcher who asked, or the project's lead, takes a request back."))


def check_can_answer(by, request):
    """The requester, or the project's lead."""
    if by.pk not in (request.submission.by_id, request.submission.project.lead_id):
        raise NotAllowed(_("Only the researcher who asked, or the project's lead, answers."))


def can_download(by, request) -> bool:
    """Approved members of the project, as they are now."""
    return is_member(request.submission.project, by)


def check_can_download(by, request):
    if not can_download(by, request):
        raise NotAllowed(_("Only current members of the project download its results."))
