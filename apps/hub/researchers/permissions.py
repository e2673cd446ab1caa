from django.utils.translation import gettext as _

from apps.core.accounts.roles import Role
from apps.core.errors import NotAllowed
from apps.core.workflow.models import check_is_second


def check_can_ask(by):
    """Who is to do research."""
    if not can_ask(by):
        raise NotAllowed(_("Only a researcher asks to be accredited."))


def can_ask(by) -> bool:
    """Asks what `check_can_ask` says."""
    return by.has_hub_role(Role.RESEARCHER)


def check_is_her_own(by, accreditation):
    if accreditation.user_id != by.pk:
        raise NotAllowed(_("Only the researcher herself does this."))


def check_can_stop(by, accreditation):
    """An accreditation officer, never on her own: one person may always stop, whoever was named as a sponsor."""
    if not by.has_hub_role(Role.ACCREDITATION_OFFICER):
        raise NotAllowed(_("Only an accreditation officer decides who is accredited."))
    if accreditation.user_id == by.pk:
        raise NotAllowed(_("You cannot decide on your own accreditation."))


def check_can_decide(by, accreditation):
    """An officer who did not speak for her, at any address that she ever had. Being named alone binds nobody: a researcher
    would choose who decides on her."""
    check_can_stop(by, accreditation)
    if any(by.ever_had(email) for email in accreditation.sponsor_emails):
        raise NotAllowed(_("You spoke for her as a sponsor, so another officer decides."))


def check_can_approve(by, accreditation):
    """An officer who decides, and who did not end the access that she had before: asked anew, it is started again."""
    check_can_decide(by, accreditation)
    before = accreditation.user.accreditations.filter(state__in=["revoked", "expired"]).order_by("-created_at").first()
    if before is not None:
        check_is_second(by, before, "accreditation.suspended")
        check_is_second(by, before, "accreditation.revoked")


def check_can_reinstate(by, accreditation):
    """Another officer than the one who suspended it."""
    check_can_decide(by, accreditation)
    check_is_second(by, accreditation, "accreditation.suspended")


def check_can_read_evidence(by, accreditation):
    """The person herself, who decides on her, and who audits: nobody else opens her papers."""
    if accreditation.user_id != by.pk and not by.has_hub_role(Role.ACCREDITATION_OFFICER, Role.AUDITOR):
        raise NotAllowed(_("Only the researcher, an accreditation officer or an auditor opens her papers."))


def check_keeps_rules(by):
    """Who writes the agreement and the organisations."""
    if not by.has_hub_role(Role.ACCREDITATION_OFFICER, Role.ADMINISTRATOR):
        raise NotAllowed(_("Only an accreditation officer or an administrator does this."))


def check_sets_requirements(by):
    """Administrators configure; they do not decide."""
    if not by.has_hub_role(Role.ADMINISTRATOR):
        raise NotAllowed(_("Only an administrator says what is asked of everybody."))


def check_can_attest(by, sponsor_request):
    """Whoever was asked, as herself: the address is hers, and she is not the applicant.

    `by` is None for somebody without an account: the link was sent to her address alone. An address with an account
    has to sign in with it.
    """
    from allauth.account.models import EmailAddress

    email = sponsor_request.email
    if by is None:
        if EmailAddress.objects.filter(email__iexact=email).exists():
            raise NotAllowed(_("This address has an account here. Sign in with it, then open the link again."))
        return
    if by.pk == sponsor_request.accreditation.user_id:
        raise NotAllowed(_("Nobody speaks for herself."))
    if email.lower() not in by.emails():
        raise NotAllowed(_("This link was sent to another address. Sign in with that one."))
