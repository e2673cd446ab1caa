"""Who may do what on a panel. A seat gives the right; at the hub and at a TRE alike."""

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.accounts.roles import DECIDING_STAFF, Role
from apps.core.errors import NotAllowed, WrongState
from apps.core.panels.deliberation import Deliberation, Member
from apps.core.panels.models import Conflict, Panel, Round, Seat
from apps.core.workflow.deciding import knows_deciders

LAY_MEMBERS_MAY_BE = frozenset([Role.PANEL_MEMBER, Role.CHAIR])


def seat_of(panel: Panel, user) -> Seat | None:
    """Her place on the panel now, or None."""
    return Seat.objects.sitting().filter(panel=panel, user=user).first()


@knows_deciders
def has_a_seat(user) -> bool:
    """True where she sits on any panel now, whatever roles she holds."""
    return Seat.objects.held().filter(user=user).exists()


def check_can_keep(by, panel: Panel):
    """Who keeps a panel's seats and proposes its rule: its chair or coordinator, or an administrator of its side."""
    keeps = by.has_role(Role.ADMINISTRATOR, panel.side) or by.has_role(Role.COORDINATOR, panel.side)
    seat = None if keeps else seat_of(panel, by)
    if not keeps and (seat is None or not (seat.is_chair or seat.kind == Seat.Kind.COORDINATOR)):
        raise NotAllowed(_("Only the panel's chair or coordinator, or an administrator, does this."))


def can_keep(by, panel: Panel) -> bool:
    """True where she keeps the panel."""
    try:
        check_can_keep(by, panel)
    except NotAllowed:
        return False
    return True


def check_can_decide_rule(by, rule):
    """A second person of those who keep the panel. Her seat is no gift of the proposer's: a seat takes two, and a role."""
    check_can_keep(by, rule.panel)
    if rule.proposed_by_id == by.pk:
        raise NotAllowed(_("You proposed this rule, so another person decides on it."))


def check_can_propose_seat(by, panel: Panel, user):
    """Who keeps the panel, and never for herself."""
    check_can_keep(by, panel)
    if user.pk == by.pk:
        raise NotAllowed(_("Nobody gives a seat to herself."))


def check_can_be_lay(user, kind: str):
    """A lay member speaks for the public: whoever does the portal's or a centre's work, or research, is none."""
    if kind == Seat.Kind.LAY and {role for role, _side in user.roles()} - LAY_MEMBERS_MAY_BE:
        raise NotAllowed(_("A lay member speaks for the public. Whoever has another role too has no lay seat."))


def check_can_preside(user, panel: Panel):
    """At a TRE its staff who decide there: who sits there from outside sees what is voted on, and none of the pages that conclude
    it; and administrators and operators decide nothing."""
    if str(panel.side) != settings.HUB_ID and panel.side not in user.sides(*DECIDING_STAFF):
        raise NotAllowed(_("At a secure data centre only one of its staff who decides there is in the chair."))


def check_can_propose_end(by, seat: Seat):
    """Who keeps the panel, of another's seat."""
    check_can_keep(by, seat.panel)
    if seat.user_id == by.pk:
        raise NotAllowed(_("This is your own seat: you can give it up at once."))


def _check_is_second(by, seat: Seat, first_id):
    check_can_keep(by, seat.panel)
    if by.pk in (first_id, seat.user_id):
        raise NotAllowed(_("Another person decides on this: neither who proposed it nor whose seat it is."))


def check_can_decide_seat(by, seat: Seat):
    """A second person of those who keep the panel, and not the one who is to sit there."""
    _check_is_second(by, seat, seat.proposed_by_id)


def check_can_confirm_seat(by, seat: Seat):
    """The same, of a seat that its holder may still have."""
    check_can_decide_seat(by, seat)
    check_can_be_lay(seat.user, seat.kind)


def check_can_decide_end(by, seat: Seat):
    """A second person of those who keep the panel, and not the one who sits there."""
    _check_is_second(by, seat, seat.end_proposed_by_id)


def check_can_give_up(by, seat: Seat):
    """Her own seat, alone."""
    if seat.user_id != by.pk:
        raise NotAllowed(_("Only the person whose seat it is gives it up."))


def _member(by, round: Round, deliberation: Deliberation | None = None) -> tuple[Deliberation, Member]:
    deliberation = deliberation or Deliberation.of(round)
    member = deliberation.member(by)
    if member is None:
        raise NotAllowed(_("Only those who sat on the panel when this vote began take part in it."))
    if not member.is_sitting:
        raise NotAllowed(_("Your seat or your role ended, so you take no part any more."))
    return deliberation, member


def check_can_declare(by, round: Round):
    """A member with a vote; not to take back alone what she declared. After the vote only who presides and has said nothing
    yet: who voted cannot make her vote void any more, and so throw the whole vote away."""
    deliberation, member = _member(by, round)
    if has_declared_a_conflict(member):
        raise NotAllowed(_("You declared a conflict of interest. Another person has to agree that it is taken back."))
    if round.state == Round.State.CLOSED and (member.declared or not deliberation.presides(by.pk, member.seat)):
        raise NotAllowed(_("The vote is over. Only who presides now, and has said nothing yet, says it still."))


def has_declared_a_conflict(member: Member) -> bool:
    return member.declared is not None and member.declared.kind != Conflict.NONE


def check_can_ask_correction(by, round: Round):
    """A member of the conflict that she declared herself, once."""
    deliberation, member = _member(by, round)
    if not has_declared_a_conflict(member):
        raise NotAllowed(_("You declared no conflict of interest, so there is nothing to take back."))
    if by.pk in deliberation.corrections:
        raise NotAllowed(_("You asked already. Another person decides on it."))


def check_can_accept_correction(by, round: Round):
    """The coordinator, or who presides, without a conflict of her own, where somebody else asks for it."""
    deliberation = Deliberation.of(round)
    _check_coordinates_or_presides(by, round, deliberation)
    if not set(deliberation.corrections) - {by.pk}:
        raise NotAllowed(_("No other member asks to take a conflict of interest back."))


def check_may_take_part(by, round: Round, deliberation: Deliberation | None = None):
    """Closed papers, comments, votes: for a member who declared that nothing binds her, and where nothing that bars was found."""
    deliberation, member = _member(by, round, deliberation)
    if member.is_barred:
        raise NotAllowed(_("You have a conflict of interest, so you take no part in this."))
    if member.declared is None:
        raise NotAllowed(_("First say whether you have a conflict of interest."))


def check_can_vote(by, round: Round, deliberation: Deliberation | None = None):
    """A member without conflict; a deputy only where her principal is away or in conflict."""
    deliberation, member = _member(by, round, deliberation)
    check_may_take_part(by, round, deliberation)
    if member.is_absent:
        raise NotAllowed(_("You are away for this vote."))
    if member.seat.pk not in deliberation.speaking:
        raise NotAllowed(_("You are a deputy. You vote only where the member for whom you stand does not."))


def check_text_is_the_same(round: Round, subject):
    """Raises WrongState where the thing no longer says what this round is about."""
    if round.content_sha256 != subject.voted_sha256():
        raise WrongState(_("The text was changed after this vote began. These votes are void; a new vote is needed."))


def check_is_open_yet(round: Round):
    """Raises WrongState after the last minute of the vote."""
    if timezone.now() > round.closes_at:
        raise WrongState(_("The days for this vote are over; nothing was changed."))


def check_can_say_absent(by, round: Round):
    """A member of herself."""
    deliberation, _own = _member(by, round)
    if deliberation.has_voted(by):
        raise NotAllowed(_("You have voted already."))


def check_coordinates(by, panel: Panel):
    """The panel's coordinator, who decides nothing. A TRE has no coordinators: its custodians gather for its panel."""
    seat = seat_of(panel, by)
    by_role = by.has_role(Role.COORDINATOR, panel.side) or panel.side in by.sides(Role.CUSTODIAN)
    if not by_role and (seat is None or seat.kind != Seat.Kind.COORDINATOR):
        raise NotAllowed(_("Only the panel coordinator does this."))


def check_is_free(by, deliberation: Deliberation):
    """Raises NotAllowed for a person in conflict: also for one who has no vote, a coordinator or a chair who came later."""
    if deliberation.is_bound(by):
        raise NotAllowed(_("You have a conflict of interest, so you take no part in this."))


def check_can_name_presiding(by, round: Round, deliberation: Deliberation | None = None):
    """The coordinator, who is bound by nothing, where who presides is barred, away, gone or silent: who presides breaks ties."""
    deliberation = deliberation or Deliberation.of(round)
    check_coordinates(by, round.panel)
    check_is_free(by, deliberation)
    if deliberation.is_presided:
        raise NotAllowed(_("Who presides is there and has no conflict of interest, so nobody takes her place."))


def check_can_be_named(by, user, deliberation: Deliberation):
    """Another person than who names her: a member who can preside."""
    if user.pk == by.pk:
        raise NotAllowed(_("Nobody names herself. Another person names you, or you name another member."))
    check_can_preside(user, deliberation.round.panel)
    member = deliberation.member(user)
    if member is None or not deliberation.can_preside(member):
        raise NotAllowed(_("Only a member with a vote and without a conflict can preside."))


def _check_coordinates_or_presides(by, round: Round, deliberation: Deliberation):
    """The coordinator, who is bound by nothing; or who presides."""
    try:
        check_coordinates(by, round.panel)
    except NotAllowed:
        check_presides(by, round, deliberation)
    else:
        check_is_free(by, deliberation)


def check_presides(by, round: Round, deliberation: Deliberation | None = None):
    """The chair, or who was named in her stead, who declared that nothing binds her."""
    deliberation = deliberation or Deliberation.of(round)
    member = deliberation.member(by)
    if member is None or not deliberation.presides(by.pk, member.seat):
        raise NotAllowed(_("Only the chair of the panel concludes."))
    if not member.is_sitting:
        raise NotAllowed(_("Your seat or your role ended, so another member presides."))
    if member.is_barred:
        raise NotAllowed(_("You have a conflict of interest, so another member presides."))
    if member.declared is None:
        raise NotAllowed(_("First say whether you have a conflict of interest."))


def check_can_close(by, round: Round):
    """The chair or the coordinator, where everybody who may vote has, or the days are over."""
    deliberation = Deliberation.of(round)
    _check_coordinates_or_presides(by, round, deliberation)
    check_may_end(round, deliberation)


def check_may_end(round: Round, deliberation: Deliberation):
    """Raises NotAllowed while the round has days left and somebody has not voted."""
    if not deliberation.all_have_voted and timezone.now() <= round.closes_at:
        raise NotAllowed(_("Not everybody has voted, and the days for this vote are not over."))


def check_can_revoke(by, round: Round):
    """A second person of the panel, who declared that nothing binds her, has no conflict and did not confirm the decision."""
    _deliberation, member = _member(by, round)
    if member.is_barred:
        raise NotAllowed(_("You have a conflict of interest, so you take no part in this."))
    if member.declared is None:
        raise NotAllowed(_("You did not say in this vote that you have no conflict, so another member takes it back."))
    if round.decision.by_id == by.pk:
        raise NotAllowed(_("You confirmed this decision, so another member takes it back."))


def check_owns(by, condition):
    if condition.owner_id != by.pk:
        raise NotAllowed(_("Only the person named for this condition shows how it was met."))


def check_can_judge(by, condition):
    """The chair or the coordinator of the panel, never the owner, nor who has a conflict."""
    if condition.owner_id == by.pk:
        raise NotAllowed(_("You are to meet this condition, so another person decides on it."))
    seat = seat_of(condition.panel, by)
    if not (seat and seat.is_chair):
        check_coordinates(by, condition.panel)
    check_is_free(by, Deliberation(condition.decision.round, condition.subject()))


def check_can_open_evidence(by, condition):
    """Its owner; and who may know of it, without a conflict."""
    if condition.owner_id != by.pk:
        check_is_free(by, Deliberation(condition.decision.round, condition.subject()))


def why_evidence_is_closed(by, condition) -> str:
    """Why she does not read what was shown, as a sentence; empty where she does."""
    try:
        check_can_open_evidence(by, condition)
    except NotAllowed as problem:
        return str(problem.sentence)
    return ""


def check_can_waive(by, condition):
    """Two people: one asks, another agrees."""
    check_can_judge(by, condition)
    if condition.waiver_by_id is None:
        raise NotAllowed(_("Nobody has asked yet that this condition falls away."))
    if condition.waiver_by_id == by.pk:
        raise NotAllowed(_("You asked for this, so another person agrees."))


def check_can_dissent(by, round: Round, deliberation: Deliberation | None = None):
    """A lay member whose vote counted and went another way than the decision; once. Raises WrongState before there is one."""
    if str(round.side) != settings.HUB_ID:
        raise NotAllowed(_("A panel inside a secure data centre publishes nothing."))
    deliberation = deliberation or Deliberation.of(round)
    vote = next((each for each in deliberation.votes if each.by_id == by.pk), None)
    if vote is None or vote.seat.kind != Seat.Kind.LAY:
        raise NotAllowed(_("Only a lay member who voted publishes that she did not agree."))
    if not hasattr(round, "decision"):
        raise WrongState(_("Nothing is decided in this vote yet."))
    if vote.choice == round.decision.outcome:
        raise NotAllowed(_("You voted as it was decided."))
    if round.dissents.filter(by=by).exists():
        raise NotAllowed(_("You have published your words already."))


def coordinates(by, panel: Panel) -> bool:
    """True of the panel's coordinator, by her role or her seat."""
    try:
        check_coordinates(by, panel)
    except NotAllowed:
        return False
    return True


def oversees(by, panel: Panel) -> bool:
    """True of the panel's coordinator, and of an auditor of its side."""
    return by.has_role(Role.AUDITOR, panel.side) or coordinates(by, panel)


def check_can_keep_meeting(by, meeting):
    """The panel's coordinator plans its meetings, and decides nothing in them."""
    check_coordinates(by, meeting.panel)


def check_can_arrange(by, round: Round):
    """Nobody puts a vote on an agenda, takes it off or moves it, who has a conflict in it. Asked of one item, as it is moved."""
    if Deliberation(round, round.subject()).is_bound(by):
        raise NotAllowed(_("You have a conflict of interest in this vote, so another person arranges it."))


def check_is_free_of_agenda(by, meeting):
    """Nobody writes or agrees the minutes of a meeting that talked about what she has a conflict in. Some queries for each
    item, so it is asked when she acts, and not of every page."""
    for round in meeting.rounds.select_related("panel", "rule"):
        if Deliberation(round, round.subject()).is_bound(by):
            raise NotAllowed(
                _("You have a conflict of interest in an item of this meeting, so another person does this.")
            )


def check_can_record_attendance(by, meeting):
    """The panel's coordinator, once the meeting has begun."""
    check_coordinates(by, meeting.panel)
    if timezone.now() < meeting.starts_at:
        raise NotAllowed(_("The meeting has not begun yet."))


def check_papers_are_open(by, meeting):
    """Who knows of the meeting, once the papers are out; the coordinator before."""
    if meeting.papers_out_at is None and not coordinates(by, meeting.panel):
        raise NotAllowed(_("The papers are not out yet. You will be told when they are."))


def check_can_write_minutes(by, minutes):
    """The panel's coordinator."""
    check_coordinates(by, minutes.meeting.panel)


def check_chairs_meeting(by, minutes):
    """The chair of the panel; or a member who presided in her stead over a vote on this agenda."""
    seat = seat_of(minutes.meeting.panel, by)
    if seat is None or not (seat.is_chair or minutes.meeting.rounds.filter(presided_by=by).exists()):
        raise NotAllowed(_("Only the chair of the panel does this."))


def check_can_agree_minutes(by, minutes):
    """The chair, on what another person wrote."""
    check_chairs_meeting(by, minutes)
    if minutes.written_by_id == by.pk:
        raise NotAllowed(_("You wrote these minutes, so another person agrees them."))
