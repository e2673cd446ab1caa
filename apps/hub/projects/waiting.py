from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts.roles import Role
from apps.core.panels.models import Round, Seat
from apps.core.workflow import navigation
from apps.core.workflow.models import SignOff
from apps.core.workflow.waiting import Waiting, counted_from, first_step, waiting_list
from apps.hub.projects import deciding
from apps.hub.projects.application_models import Amendment, Comment
from apps.hub.projects.models import READERS, Membership, Project, PublicText
from apps.hub.researchers.company import hears_of_ends


def _waiting(sentence, rows, *, alone=False):
    return [
        Waiting(
            sentence % {"thing": each}, each.get_absolute_url(), getattr(each, "since", each.created_at), alone=alone
        )
        for each in rows[:50]
    ]


def _parts(project: Project) -> str:
    return reverse("projects:application", args=[project.pk])


@hears_of_ends
def leads_of(user):
    """The leads of the projects that rely on a person: they hear before her access ends."""
    hers = Membership.objects.filter(user=user, state="approved").exclude(project__lead=user)
    return [each.project.lead for each in hers.select_related("project__lead")]


def _to_join(user) -> list[Waiting]:
    """Projects on which she is named, where she sits on a panel, here or at a secure data centre: her own yes binds her. One
    query."""
    said = SignOff.objects.filter(verb="membership.agreed", by=user).values("subject_id")
    seated = Seat.objects.held().filter(user=user)
    named = Membership.objects.filter(Exists(seated), user=user, state="proposed").exclude(pk__in=said)
    sentence = _("Say whether you are in the team, or end it: %(thing)s")
    return _waiting(sentence, named.select_related("user", "project"), alone=True)


def _without_a_vote(user) -> list[Waiting]:
    """Where a vote ended without an answer, or an appeal has nobody who hears it: without the coordinator nothing goes on.
    One query."""
    rounds = Round.objects.filter(subject_id=OuterRef("pk"))
    ended = Subquery(rounds.order_by("-created_at").values("closed_at")[:1])
    rows = Project.objects.filter(~Exists(rounds.under_way()), state__in=["in_review", "under_appeal"]).exclude(
        lead=user
    )
    rows = counted_from(rows.annotate(is_heard=Exists(rounds.filter(is_appeal=True)), ended=ended), "project.appealed")
    found = []
    for each in rows[:50]:
        if each.state == "under_appeal" and not each.is_heard:
            title, since = _("Say who hears the appeal: %(thing)s"), each.since
        else:
            title, since = _("Begin a new vote: %(thing)s"), each.ended or each.since
        found.append(Waiting(title % {"thing": each}, each.get_absolute_url(), since))
    return found


@waiting_list
def projects(user):
    """What each role has to do next on a project."""
    found = []
    if user.has_hub_role(Role.RESEARCHER):
        begun = Project.objects.filter(state="draft", lead=user)
        found += [
            Waiting(
                _("Go on with your application %(code)s") % {"code": each.code},
                _parts(each),
                each.created_at,
                alone=True,
            )
            for each in begun[:50]
        ]
        returned = counted_from(Project.objects.filter(state="returned", lead=user), "project.returned")
        found += _waiting(_("Answer the panel: %(thing)s"), returned, alone=True)
        begun_changes = Amendment.objects.filter(state="draft", project__lead=user).select_related("project")
        found += _waiting(_("Hand in your change, or take it back: %(thing)s"), begun_changes, alone=True)
        asked = Amendment.objects.filter(state="in_review", changes__lead=str(user.pk)).select_related("project")
        agreed = SignOff.objects.filter(verb="amendment.lead_agreed", by=user).values("subject_id")
        found += _waiting(_("Say whether you agree to lead: %(thing)s"), asked.exclude(pk__in=agreed), alone=True)
    if user.has_hub_role(Role.PANEL_MEMBER, Role.CHAIR, Role.COORDINATOR):
        answered = Comment.objects.filter(state="answered", by=user).select_related("project")
        answered = answered.annotate(since=Coalesce("answered_at", "created_at"))
        found += _waiting(_("Read the answer: %(thing)s"), answered, alone=True)
    if user.has_hub_role(Role.RESEARCHER, Role.PANEL_MEMBER, Role.CHAIR, Role.COORDINATOR):
        found += _to_join(user)
    if user.has_hub_role(Role.COORDINATOR):
        handed_in = Project.objects.filter(state="submitted").exclude(lead=user)
        found += _waiting(_("Take to the panel: %(thing)s"), counted_from(handed_in, "project.submitted"))
        found += _without_a_vote(user)
    if user.has_hub_role(Role.CHAIR):
        alone = Amendment.objects.filter(state="in_review").exclude(pk__in=Round.objects.values("subject_id"))
        asked = alone.exclude(project__lead=user).select_related("project")
        found += _waiting(_("Decide on a change: %(thing)s"), counted_from(asked, "amendment.submitted"))
    if user.has_hub_role(Role.ACCREDITATION_OFFICER):
        seen = Membership.objects.visible_to(user).exclude(user=user)  # a draft is its lead's alone
        proposed = seen.filter(state="proposed").select_related("user", "project")
        found += _waiting(_("Decide: %(thing)s"), proposed)
    if user.has_hub_role(Role.SAFEGUARDING_ADVISER):
        unsigned = deciding.unsafeguarded().filter(state="in_review").exclude(lead=user)
        found += _waiting(_("Sign for children and vulnerable groups: %(thing)s"), unsigned)
        signed = SignOff.objects.filter(verb="amendment.safeguarded").values("subject_id")
        special = ~Q(project__special_populations=[]) | Q(changes__has_key="special_populations")
        unsigned_changes = Amendment.objects.filter(special, state="in_review").exclude(pk__in=signed)
        rows = unsigned_changes.exclude(project__lead=user).select_related("project")
        found += _waiting(_("Sign for children and vulnerable groups: %(thing)s"), rows)
    if user.has_hub_role(Role.PUBLISHER):
        proposed_texts = PublicText.objects.filter(state="proposed").exclude(written_by=user)
        found += _waiting(_("Clear for the public: %(thing)s"), proposed_texts)
    return found


navigation.register(gettext_lazy("Projects"), "projects:list", shown_to=lambda user: bool(user.roles()), order=20)
first_step(
    gettext_lazy("apply for a project"),
    "projects:new",
    shown_to=lambda user: user.has_hub_role(Role.RESEARCHER),
    order=20,
)
first_step(
    gettext_lazy("read the projects that were handed in"),
    "projects:list",
    shown_to=lambda user: user.has_hub_role(*READERS),
    order=20,
)
