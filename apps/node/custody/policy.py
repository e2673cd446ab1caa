"""A TRE's policy: kept in its node by its custodians, published through the hub."""

from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.audit.act import act, record
from apps.core.errors import WrongState
from apps.core.exchange import service as exchange
from apps.core.exchange.models import Document
from apps.core.panels import actions as panels
from apps.core.panels.models import Round
from apps.core.workflow.seen import check_seen
from apps.node.custody import deciding, permissions
from apps.node.custody.models import AgreementPolicy, MemberAcceptance
from apps.node.custody.rounds import locked_of


class PolicyNote:
    """The subject of a `custody.policy_published` event: the TRE itself."""

    class _meta:
        label = "custody.AgreementPolicy"

    def __init__(self, policy: AgreementPolicy):
        self.pk = self.side = policy.tre


def publish(*, policy: AgreementPolicy, by, seen: str | None = None, **changed) -> AgreementPolicy:
    """Change the policy and tell the hub its published part. The private part stays here, and out of the log. Where other things
    are asked of people, the votes under way on them are void. Raises WrongState where one of these is over and came to something:
    nobody alone throws a vote away whose end she has read. `seen`: the hash of what its page showed. What says nothing new is
    not published again."""
    permissions.check_can_keep_policy(by, policy)
    with act():
        # Acceptances before the policy, as where a person is taken to the panel.
        before_panel = locked_of(MemberAcceptance, Round.objects.under_way().filter(panel__side=policy.tre))
        policy = AgreementPolicy.objects.select_for_update().get(pk=policy.pk)
        check_seen(policy, seen)
        if policy.version and all(getattr(policy, name) == value for name, value in changed.items()):
            return policy
        if is_change := changed.get("requirements", policy.requirements) != policy.requirements:
            _check_no_vote_is_over(before_panel)
        for name, value in changed.items():
            setattr(policy, name, value)
        policy.version += 1
        policy.published_at = timezone.now()
        policy.save()
        record("custody.policy_published", by=by, subject=PolicyNote(policy), **policy.published())
        body = {"policy": policy.published()}
        for member in before_panel if is_change else []:
            panels.end_rounds(member, by)
        exchange.send(kind=Document.Kind.POLICY, side=policy.tre, peer=UUID(settings.HUB_ID), body=body)
    return policy


def _check_no_vote_is_over(members: list[MemberAcceptance]) -> None:
    if waiting := [member.name for member in members if deciding.is_over(member)]:
        told = _(
            "Your panel has voted, and its chair has not confirmed it yet: %(names)s. Until then, what you ask of people stays."
        )
        raise WrongState(told % {"names": ", ".join(sorted(waiting))})
