"""Whatever the order of acts and days: nobody is accredited with something required missing or ended, nor by herself."""

from datetime import timedelta

import pytest
from django.conf import settings as portal
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from apps.core.accounts.models import RoleGrant, User
from apps.core.errors import Problem
from apps.core.workflow.models import SignOff
from apps.hub.researchers import actions, tasks
from apps.hub.researchers import evidence_actions as evidence
from apps.hub.researchers.models import Accreditation, AgreementVersion, Requirement
from apps.hub.researchers.queries import accreditation_of
from tests.functional.researchers.papers import add_training, in_days, organisation, publish, sponsor, today

PEOPLE = strategies.sampled_from(["officer", "both", "mira"])
DAYS = strategies.integers(1, 60)


def holds(accreditation, kind, day) -> bool:
    """Told anew from the rows, in another way than the product does."""
    rows = accreditation.evidence.filter(requirement__kind=kind, held_from__lte=day)
    rows = [each for each in rows if each.until is None or each.until >= day]
    if kind != "agreement":
        return any(each.confirmed_at for each in rows)
    versions = list(AgreementVersion.objects.order_by("number"))
    for each in rows:
        newer = [version for version in versions if version.number > each.agreement.number]
        if not newer or newer[0].published_on + timedelta(days=newer[0].grace_days) >= day:
            return True
    return False


class Office(RuleBasedStateMachine):
    """Three people, any of whom tries anything at any time. What is refused changes nothing."""

    def __init__(self):
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()

    def teardown(self):
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    @initialize()
    def begin(self):
        roles = {"officer": ["accreditation_officer"], "both": ["accreditation_officer", "researcher"]}
        for name in ("officer", "both", "mira"):
            user = User.objects.create_user(f"{name}@example.org", name=name)
            user.emailaddress_set.create(email=user.email, verified=True, primary=True)
            for role in roles.get(name, ["researcher"]):
                RoleGrant.objects.create(user=user, role=role, side=portal.HUB_ID)
        publish(self.of("officer"))

    def of(self, name):
        return User.objects.get(email=f"{name}@example.org")

    def attempt(self, function, **arguments):
        try:
            function(**arguments)
        except Problem:
            pass

    @rule(
        who=PEOPLE, whose=PEOPLE, days=DAYS, verb=strategies.sampled_from(["training", "sponsor", "accept", "submit"])
    )
    def she_acts(self, who, whose, days, verb):
        mine = accreditation_of(self.of(whose))
        if mine is None:
            self.attempt(actions.draft, by=self.of(whose), organisation=organisation())
        elif verb == "training":
            self.attempt(add_training, accreditation=mine, days=days)
        elif verb == "sponsor":
            self.attempt(sponsor, accreditation=mine, email=f"{who}@example.org" if days < 20 else "dean@example.net")
        elif verb == "accept":
            version = AgreementVersion.objects.last()
            self.attempt(evidence.accept_agreement, accreditation=mine, by=self.of(who), sha256=version.sha256)
        else:
            self.attempt(actions.submit, accreditation=mine, by=self.of(who))

    @rule(whose=PEOPLE, days=DAYS)
    def she_hands_everything_in(self, whose, days):
        for verb in ("training", "sponsor", "accept", "submit"):
            self.she_acts(whose, whose, max(days, 20), verb)

    @rule(
        who=PEOPLE,
        whose=PEOPLE,
        days=DAYS,
        verb=strategies.sampled_from(["approve", "confirm", "identity", "suspend", "reinstate", "send_back", "revoke"]),
    )
    def somebody_decides(self, who, whose, days, verb):
        thing, by = accreditation_of(self.of(whose)), self.of(who)
        if thing is None:
            return
        if verb == "identity":
            self.attempt(evidence.note_identity, accreditation=thing, by=by, how="Seen.", on=today())
        elif verb == "approve":
            self.attempt(actions.approve, accreditation=thing, by=by, reason="x", until=in_days(days))
        else:
            self.attempt(getattr(actions, verb), accreditation=thing, by=by, reason="x")

    @rule(grace=strategies.integers(0, 20))
    def the_agreement_changes(self, grace):
        number = AgreementVersion.objects.count()
        publish(self.of("officer"), f"Text {number}.", grace_days=grace)

    @rule(required=strategies.booleans())
    def what_is_asked_changes(self, required):
        Requirement.objects.filter(kind="identity").update(required=required)

    @rule()
    def the_worker_comes_by(self):
        tasks.expire_lapsed()
        tasks.remind_of_ends()

    @invariant()
    def nobody_is_accredited_without_what_is_required(self):
        kinds = list(Requirement.objects.filter(required=True).values_list("kind", flat=True))
        for accreditation in Accreditation.objects.select_related("user"):
            for days in (0, 5, 15, 31, 61):
                at = timezone.now() + timedelta(days=days)
                if accreditation.in_force(at):
                    lacking = [kind for kind in kinds if not holds(accreditation, kind, in_days(days))]
                    assert lacking == []
                    assert accreditation.until >= in_days(days)

    @invariant()
    def nobody_decided_on_her_own_nor_on_whom_she_sponsors(self):
        for accreditation in Accreditation.objects.select_related("user"):
            decided = SignOff.objects.filter(subject_id=accreditation.pk, by__isnull=False).select_related("by")
            assert accreditation.user not in [each.by for each in decided]
            for asked in accreditation.sponsor_requests.all():
                later = [each.by.email for each in decided if each.at > asked.asked_at]
                assert asked.email not in later


@pytest.mark.django_db
def test_whatever_the_order_nobody_is_accredited_wrongly():
    quick = settings(max_examples=15, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Office, settings=quick)
