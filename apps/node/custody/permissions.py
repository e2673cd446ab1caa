from collections import defaultdict

from django.utils.translation import gettext as _

from apps.core.accounts.identity import check_is_none_of
from apps.core.accounts.roles import Role
from apps.core.errors import NotAllowed
from apps.node.custody.models import MemberAcceptance, OwnPanel


def check_role(by, thing, role: str, sentence) -> None:
    """She holds `role` at the TRE of `thing`. Raises NotAllowed with the sentence."""
    if not by.has_role(role, thing.tre):
        raise NotAllowed(sentence)


def check_has_no_part(by, thing) -> None:
    """Never your own: not a member of the project, by ORCID iD and e-mail address."""
    by_key = defaultdict(list)
    for member in MemberAcceptance.objects.for_tre(thing).filter(project=thing.project):
        by_key[member.email_key].append(member.identity())
    for key, members in by_key.items():
        check_is_none_of(by, members, key, _("You cannot decide on your own project."))


def check_is_second(by, thing) -> None:
    """What a person stopped takes two to start again."""
    if thing.asked_again_by_id == by.pk:
        raise NotAllowed(_("A person stopped this, and you asked to start again. A second person has to decide."))


def check_can_accept(by, thing) -> None:
    """A custodian of this TRE, who has no part in the project."""
    check_role(by, thing, Role.CUSTODIAN, _("Only a custodian of this secure data centre decides this."))
    check_has_no_part(by, thing)
    check_is_second(by, thing)


def panel_decides(acceptance) -> bool:
    """True where this TRE has a panel of its own, and this is that panel's to decide: a project, and whom it was asked about."""
    return acceptance.is_for_panel and OwnPanel.objects.for_tre(acceptance).in_force().exists()


def check_can_decide_alone(by, acceptance) -> None:
    """Who accepts a project or a person, where no panel of this TRE's own decides on it."""
    check_can_accept(by, acceptance)
    if panel_decides(acceptance):
        raise NotAllowed(_("Your panel decides on this. Take it to the panel."))


def check_can_ask_again(by, thing) -> None:
    """Of what a person stopped any of the staff may ask; a second one, the custodian, decides. Else a custodian."""
    if thing.is_stopped:
        check_is_staff(by, thing)
        check_has_no_part(by, thing)
    else:
        check_can_accept(by, thing)


def check_can_ask_for_workflow_again(by, workflowapproval) -> None:
    """Of what a person withdrew any of the staff may ask; a second one, the run approver, decides. Else a run approver."""
    if workflowapproval.is_stopped:
        check_is_staff(by, workflowapproval)
    else:
        check_can_approve_workflow(by, workflowapproval)


def check_can_approve_workflow(by, workflowapproval) -> None:
    """A run approver of this TRE."""
    sentence = _("Only a run approver of this secure data centre approves a workflow.")
    check_role(by, workflowapproval, Role.RUN_APPROVER, sentence)
    check_is_second(by, workflowapproval)


def check_is_staff(by, thing) -> None:
    """Any one of the TRE's staff: one person may always stop."""
    if thing.tre not in by.sides():
        raise NotAllowed(_("Only the staff of this secure data centre does this."))


def check_is_custodian(by, tre) -> None:
    """A custodian of this TRE."""
    if not by.has_role(Role.CUSTODIAN, tre):
        raise NotAllowed(_("Only a custodian of this secure data centre decides on which panel it relies."))


def check_can_keep_policy(by, policy) -> None:
    """A custodian of this TRE."""
    if not by.has_role(Role.CUSTODIAN, policy.tre):
        raise NotAllowed(_("Only a custodian of this secure data centre keeps its policy."))


def check_can_confirm_reliance(by, reliance) -> None:
    """Another one than who proposed it: a custodian or a run approver of this TRE."""
    if not (by.has_role(Role.CUSTODIAN, reliance.tre) or by.has_role(Role.RUN_APPROVER, reliance.tre)):
        raise NotAllowed(_("Only a custodian or a run approver of this secure data centre confirms this."))
    if reliance.proposed_by_id == by.pk:
        raise NotAllowed(_("You proposed this. A second person has to confirm it."))


def check_can_set_up_panel(by, tre) -> None:
    """An administrator of this TRE, who gives the panel's seats, too."""
    if not by.has_role(Role.ADMINISTRATOR, tre):
        raise NotAllowed(_("Only an administrator of this secure data centre sets up its panel."))


def _check_decides_on_panel(by, ownpanel) -> None:
    roles = (Role.ADMINISTRATOR, Role.CUSTODIAN, Role.RUN_APPROVER)
    if ownpanel.tre not in by.sides(*roles):
        raise NotAllowed(
            _("Only an administrator, a custodian or a run approver of this secure data centre does this.")
        )


def check_can_confirm_panel(by, ownpanel) -> None:
    """A second person, once the panel can decide, and no other one does."""
    _check_decides_on_panel(by, ownpanel)
    if ownpanel.proposed_by_id == by.pk:
        raise NotAllowed(_("You proposed this. A second person has to confirm it."))
    if not OwnPanel.objects.filter(pk=ownpanel.pk).able_to_decide().exists():
        raise NotAllowed(_("First the panel needs a rule, a chair, and as many members as its rule asks for."))
    if OwnPanel.objects.for_tre(ownpanel).in_force().exists():
        raise NotAllowed(_("Another panel of yours decides already. First end that."))


def check_can_propose_end(by, ownpanel) -> None:
    """One of two who end it."""
    _check_decides_on_panel(by, ownpanel)


def check_can_decide_end(by, ownpanel) -> None:
    """The second of them."""
    _check_decides_on_panel(by, ownpanel)
    if ownpanel.end_proposed_by_id == by.pk:
        raise NotAllowed(_("You proposed to end it. A second person decides."))


def check_is_operator(by, tre) -> None:
    """Operators connect; they decide nothing."""
    if not by.has_role(Role.OPERATOR, tre):
        raise NotAllowed(_("Only an operator of this secure data centre does this."))
