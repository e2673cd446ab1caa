"""How a panel decides on a project: what the hub knows of conflicts, what must be there, who may confirm it."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Exists, OuterRef, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.accounts.identity import ADDRESS, mark_of
from apps.core.accounts.models import Mark
from apps.core.accounts.roles import Role
from apps.core.errors import NotAllowed, WrongState
from apps.core.panels import counting
from apps.core.panels import permissions as panels
from apps.core.panels.conflicts import Found, finder, found_in
from apps.core.panels.deliberation import Deliberation
from apps.core.panels.models import Condition, Conflict, Decision, Declaration, Panel, Round, Seat
from apps.core.workflow.models import SignOff, check_is_second, last_minute
from apps.hub.projects import permissions
from apps.hub.projects.application_models import Amendment, ProjectVersion
from apps.hub.projects.models import Membership, Project
from apps.hub.projects.queries import bound_by, voted_on
from apps.hub.researchers.models import Accreditation, SponsorRequest

PEOPLE_STATES = ("proposed", "approved")


def people_of(project: Project) -> set:
    """The ids of its lead and of everybody named on it. One query."""
    named = project.memberships.filter(state__in=PEOPLE_STATES).values_list("user", flat=True)
    return {project.lead_id, *named}


@finder(Project)
def ties_to_project(project: Project, seats) -> list[Found]:
    """Every tie of these members to a project. Six queries.

    Who was merely named ties nobody else to it: the lead alone names her, also when the votes are known.
    """
    bound = dict(bound_by(project).values_list("user", "in_team")) | {project.lead_id: True}
    team = {user for user, is_in_team in bound.items() if is_in_team}
    return [
        *own_work(project, seats, bound.keys() | former_members(project)),
        *same_team(project, seats, team),
        *sponsor_of_a_member(seats, team),
        *same_organisation(project, seats),
    ]


def former_members(project: Project) -> set:
    """The ids of those who were approved to work on it and left: it is their work still. One query."""
    signed = SignOff.objects.filter(subject_id=OuterRef("pk"), verb="membership.approved", outcome="approved")
    return set(project.memberships.filter(Exists(signed), state="ended").values_list("user", flat=True))


def own_work(project: Project, seats, people: set) -> list[Found]:
    """The lead, and who is or was on the project."""
    return [
        Found(seat.user_id, Conflict.OWN_WORK if seat.user_id == project.lead_id else Conflict.SAME_PROJECT)
        for seat in seats
        if seat.user_id in people
    ]


def same_team(project: Project, seats, people: set) -> list[Found]:
    """Who works, or leads, with one of its people on another project."""
    theirs = Membership.objects.filter(user__in=people, state="approved").exclude(project=project).values("project")
    mates = set(Membership.objects.filter(project__in=theirs, state="approved").values_list("user", flat=True))
    return [
        Found(seat.user_id, Conflict.SAME_TEAM)
        for seat in seats
        if seat.user_id in mates and seat.user_id not in people
    ]


def sponsor_of_a_member(seats, people: set) -> list[Found]:
    """Who said yes when one of its people named her as a sponsor. Being named alone binds nobody: anyone can be named.

    By every address that she verified, also one that she gave up: a sponsor needs no account of her own when she answers.
    Two queries.
    """
    asked = SponsorRequest.objects.filter(accreditation__user__in=people, says_yes=True)
    sponsors = {mark_of(ADDRESS, email) for email in asked.values_list("email", flat=True)}
    users = [seat.user_id for seat in seats]
    found = set(Mark.objects.filter(user__in=users, mark__in=sponsors).values_list("user", flat=True))
    return [Found(user, Conflict.SPONSOR) for user in users if user in found]


def same_organisation(project: Project, seats) -> list[Found]:
    """Who is of the organisation that asks, by her seat or by her accreditation."""
    users = [seat.user_id for seat in seats]
    accredited = Accreditation.objects.filter(user__in=users, organisation=project.organisation_id)
    there, name = set(accredited.values_list("user", flat=True)), project.organisation.name.casefold()
    return [
        Found(seat.user_id, Conflict.SAME_ORGANISATION)
        for seat in seats
        if seat.user_id in there or seat.organisation.casefold() == name
    ]


@finder(Amendment)
def ties_to_amendment(amendment: Amendment, seats) -> list[Found]:
    """Whoever is tied to the project; and who joins it, or comes to lead it, by this change."""
    project = Project.objects.select_related("organisation").get(pk=amendment.project_id)
    joins = {*amendment.changes.get("people", []), amendment.changes.get("lead")}
    own = [Found(seat.user_id, Conflict.SAME_PROJECT) for seat in seats if str(seat.user_id) in joins]
    return own + found_in(project, seats)


def round_of(project: Project | Amendment) -> Round | None:
    """The newest round about it, with its rule and panel. One query."""
    return Round.objects.of(project).first()


def newest_round(project: Project | Amendment) -> Round | None:
    """Like `round_of`, read once for all that a page asks of this instance of the project."""
    if not hasattr(project, "newest_round"):
        project.newest_round = round_of(project)
    return project.newest_round


def outcome_of(project: Project | Amendment) -> counting.Outcome:
    """What the votes of its newest round come to."""
    return Deliberation(Round.objects.of(project)[0], project).outcome


def decision_on(project: Project) -> Decision | None:
    """The newest decision that was not taken back. One query."""
    rows = Decision.objects.filter(round__subject_id=project.pk, revocation=None)
    return rows.select_related("round__rule", "round__panel").order_by("-at").first()


def must_declare(user, project: Project | Amendment) -> Round | None:
    """The round in which she has to say first whether she has a conflict; None where the text may open."""
    round = newest_round(project)
    if round is None or round.state != Round.State.OPEN:
        return None
    seat = panels.seat_of(round.panel, user)
    if seat is None or round.declarations.filter(by=user).exists():
        return None
    return round if round.round_seats.filter(seat=seat).exists() else None


def is_safeguarded(project: Project) -> bool:
    """True where the adviser signed exactly what the project says now, or nobody special is in it."""
    if not project.special_populations:
        return True
    return is_signed(project, "project.safeguarded")


def is_signed(subject: Project | Amendment, verb: str, **by) -> bool:
    """True where exactly what it says now was signed. One query, and those of its content."""
    signed = SignOff.objects.filter(subject_id=subject.pk, verb=verb, outcome="approved", **by)
    return any(each.binds(subject) for each in signed)


def unsafeguarded():
    """The projects with somebody special in them whose newest version no adviser signed. One query."""
    newest = ProjectVersion.objects.filter(project=OuterRef("pk")).order_by("-number").values("sha256")[:1]
    signed = SignOff.objects.filter(
        subject_id=OuterRef("pk"), verb="project.safeguarded", outcome="approved", content_sha256=OuterRef("newest")
    )
    return Project.objects.annotate(newest=Subquery(newest)).filter(~Exists(signed)).exclude(special_populations=[])


def check_advises(by, project: Project, *, on_somebody: bool):
    """The adviser for children and vulnerable groups, where there is somebody to advise on."""
    if not by.has_hub_role(Role.SAFEGUARDING_ADVISER):
        raise NotAllowed(_("Only the adviser for children and vulnerable groups signs this."))
    permissions.check_has_no_part(by, project)
    if not on_somebody:
        raise NotAllowed(_("No children or vulnerable groups are named in this project."))


def check_can_safeguard(by, project: Project):
    """The adviser for children and vulnerable groups, where some are in the project."""
    check_advises(by, project, on_somebody=bool(project.special_populations))


def check_votes(by, project: Project | Amendment, wanted: tuple[str, ...]):
    """Who presides over the newest vote, where it is over and came to one of `wanted`. Raises NotAllowed."""
    round = newest_round(project)
    if round is None:
        raise NotAllowed(_("There has been no vote on this yet."))
    deliberation = Deliberation.of(round, project)
    panels.check_presides(by, round, deliberation)
    if deliberation.outcome.missing:
        raise NotAllowed(deliberation.outcome.missing)
    if round.state == Round.State.OPEN:
        panels.check_may_end(round, deliberation)
    if deliberation.outcome.decision not in wanted:
        label = Decision(outcome=deliberation.outcome.decision).get_outcome_display()
        raise NotAllowed(_("The votes say “%(votes)s”, so this cannot be decided.") % {"votes": label})


def check_can_approve(by, project: Project):
    """The chair, where the votes approve, and the adviser signed if somebody special is in it."""
    check_votes(by, project, counting.YES)
    if not is_safeguarded(project):
        raise NotAllowed(_("The adviser for children and vulnerable groups has not signed yet."))


def check_can_send_back(by, project: Project):
    """The chair, where the votes ask for changes."""
    check_votes(by, project, (counting.CHANGES,))


def check_can_reject(by, project: Project):
    """The chair, where the votes refuse."""
    check_votes(by, project, (counting.REFUSE,))


def came_to_nothing(subject: Project | Amendment) -> bool:
    """True where the newest vote lapsed, became void, or lost too many members after it was closed: votes, or whoever could
    preside over them.

    A vote that was decided came to something: an appeal against it is heard by others, and not by a new vote of the same.
    """
    round = newest_round(subject)
    if round is not None and round.state == Round.State.CLOSED:
        deliberation = Deliberation.of(round, subject)
        return bool(deliberation.outcome.missing) or not deliberation.can_be_presided
    return round is not None and round.state in (Round.State.LAPSED, Round.State.VOID)


def check_can_hear_appeal(by, project: Project):
    """The coordinator, while no vote on the appeal is under way or came to an answer: she does not throw votes away."""
    permissions.check_can_coordinate(by, project)
    round = newest_round(project)
    under_way = round is not None and round.is_appeal and round.state in (Round.State.OPEN, Round.State.CLOSED)
    if under_way and not came_to_nothing(project):
        raise NotAllowed(_("The appeal is being heard. Wait for what its votes come to."))


def check_can_vote_again(by, project: Project):
    """The coordinator, where the last vote came to nothing."""
    permissions.check_can_coordinate(by, project)
    if not came_to_nothing(project):
        raise NotAllowed(_("A vote is under way, or none was asked for yet."))


def appeal_ends(decision: Decision):
    """The moment at which the window for an appeal closes, by the rule under which it was decided."""
    return last_minute(timezone.localdate(decision.at) + timedelta(days=decision.round.rule.appeal_days))


def check_can_appeal(by, project: Project):
    """The lead, within the window, once."""
    permissions.check_is_lead(by, project)
    decision = decision_on(project)
    if decision is None or decision.round.is_appeal:
        raise NotAllowed(_("An appeal was heard already. It can be heard once."))
    if timezone.now() > appeal_ends(decision):
        raise NotAllowed(_("The days to appeal are over."))


def check_hears_afresh(project: Project, panel: Panel, presiding) -> None:
    """Another panel than the one that decided, or another chair: never who decided before."""
    decision = decision_on(project)
    if decision is not None and presiding is not None and decision.by_id == presiding.pk:
        raise NotAllowed(_("Who confirmed the decision does not hear the appeal."))
    if decision is not None and panel.pk == decision.round.panel_id and presiding is None:
        raise NotAllowed(_("The same panel hears an appeal only under another chair. Name who presides."))


def check_none_votes(project: Project, people: Iterable, besides: Amendment | None = None) -> None:
    """Raises WrongState while one of these people may vote on it or on a change of it, `besides` that one: named on the
    project, she could not any more, and its lead would choose who votes."""
    under_way = Round.objects.under_way().filter(subject_id__in=voted_on(project))
    if besides is not None:
        under_way = under_way.exclude(subject_id=besides.pk)
    if under_way.filter(round_seats__seat__user__in=people).exists():
        raise WrongState(_("This person cannot join while the panel votes on the project. Name her after the vote."))


def check_can_revoke(by, project: Project):
    """A second person of the panel, of a decision confirmed by mistake."""
    decision = decision_on(project)
    if decision is None:
        raise NotAllowed(_("There is no decision of a panel to take back."))
    panels.check_can_revoke(by, decision.round)


def check_can_reinstate(by, project: Project):
    """A chair, not the one who stopped it, where no condition is overdue."""
    permissions.check_can_conclude(by, project)
    check_is_in_no_conflict(by, project, project)
    check_is_second(by, project, "project.suspended")
    check_nothing_is_overdue(project)


def check_is_in_no_conflict(by, project: Project, subject: Project | Amendment):
    """Of who decides alone on `subject`, the project or a change of it, or opens a closed file. Raises NotAllowed for whoever said
    last, in a vote on it or on a change of it, that she has a conflict, and where one is found that would bar her from a vote."""
    declared = Declaration.objects.filter(round__subject_id__in=voted_on(project), by=by).order_by("-at").first()
    if declared is not None and declared.kind != Conflict.NONE:
        raise NotAllowed(_("You declared a conflict of interest, so another person decides on this."))
    rule, seat = project.panel.rule_now(), panels.seat_of(project.panel, by) or Seat(panel=project.panel, user=by)
    if any(rule is None or each.bars(rule) for each in found_in(subject, [seat])):
        raise NotAllowed(_("You have a conflict of interest, so another person decides on this."))


def check_nothing_is_overdue(project: Project):
    """Raises NotAllowed while a condition is overdue."""
    if Condition.objects.filter(subject_id=project.pk, state="overdue").exists():
        raise NotAllowed(_("A condition is overdue. It has to be met first, or fall away."))
