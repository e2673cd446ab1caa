from django.utils.translation import gettext as _

from apps.core.accounts.identity import check_is_none_of
from apps.core.accounts.roles import Role
from apps.core.errors import NotAllowed
from apps.core.workflow.models import SignOff
from apps.node.egress.models import FileVote
from apps.node.runs.permissions import check_works_elsewhere_than_its_researcher


def check_can_check(by, egressrequest) -> None:
    """An output checker of this TRE, not of the project, and not who signed the run off."""
    run = egressrequest.run
    if not by.has_role(Role.OUTPUT_CHECKER, egressrequest.tre):
        raise NotAllowed(_("Only an output checker of this secure data centre checks what came out."))
    check_is_none_of(by, run.people(), run.email_key, _("You cannot check the outputs of your own project."))
    if SignOff.objects.filter(subject_id=run.pk, by=by, outcome=SignOff.Outcome.APPROVED).exists():
        raise NotAllowed(_("You signed this run off, so others check what came out."))


def has_reviewed(by, egressrequest) -> bool:
    """True where her votes of this round are in."""
    return FileVote.objects.filter(file__egress=egressrequest, checker=by, round=egressrequest.round).exists()


def check_can_review(by, egressrequest) -> None:
    """A checker whose votes of this round are not in yet."""
    check_can_check(by, egressrequest)
    check_works_elsewhere_than_its_researcher(by, egressrequest.run)
    if has_reviewed(by, egressrequest):
        raise NotAllowed(_("Your decision is in already. A second checker decides now."))


def check_can_release(by, egressrequest) -> None:
    """One of the two who checked."""
    check_can_check(by, egressrequest)
    check_works_elsewhere_than_its_researcher(by, egressrequest.run)
    if not has_reviewed(by, egressrequest):
        raise NotAllowed(_("Only one of the two checkers who decided lets results out."))
