"""The story of one request, one project, one secure data centre: its five gates, and its entries of the public log."""

from collections import Counter
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.panels import words
from apps.core.panels.models import Seat, Vote
from apps.hub.projects.deciding import decision_on
from apps.hub.projects.models import Project
from apps.hub.researchers.queries import accreditation_of, accreditations_of, name_in_public
from apps.hub.submissions.board import DECIDED_INSIDE, OUTPUTS_DECIDED
from apps.hub.submissions.models import Request

PASSED, HERE, AHEAD, STOPPED = "passed", "here", "ahead", "stopped"
LET_OUT = ("released", "partly_released")
STOPPING = ("refused", "withdrawn", "rejected", "suspended")


@dataclass(frozen=True)
class Gate:
    """One of the five: its question, what it asks for at the least, whether it is passed, and a sentence about now."""

    name: str
    question: str
    asks: str
    mark: str
    now: str


def gates(rows: list[tuple[str, str, str, bool, str]], *, stopped: bool) -> list[Gate]:
    """Each gate with its mark: the first that is not passed is where things stand, or where they stopped."""
    found = []
    standing = STOPPED if stopped else HERE
    for name, question, asks, passed, now in rows:
        found.append(Gate(name, question, asks, PASSED if passed else standing, now))
        if not passed:
            standing = AHEAD
    return found


def project_gate(project: Project, inside: bool = False) -> tuple[str, str, str, bool, str]:
    """Passed while the approval is in force, and for ever where a request got `inside` under it."""
    passed = inside or not project.why_not(timezone.now())
    now = _("The panel said yes.") if passed else _("It is “%(state)s”.") % {"state": project.get_state_display()}
    decision = decision_on(project)
    rule = decision.round.rule if decision else project.panel.rule_now()
    if decision:
        now = f"{now} {votes_in_words(decision)}"
    asks = " ".join(words.in_words(rule))
    return _("Projects"), _("Is this use of the data right?"), asks, passed, now


def votes_in_words(decision) -> str:
    """How many voted how, and how many of them were from the public; never who."""
    choices: Counter = Counter()
    for by_kind in decision.counts.values():
        choices.update(by_kind)
    told = [f"{Vote.Choice(choice).label}: {choices[choice]}" for choice in Vote.Choice.values if choices[choice]]
    lay = sum(decision.counts.get(Seat.Kind.LAY, {}).values())
    return _("Votes: %(votes)s. From the public: %(lay)s.") % {"votes": ", ".join(told), "lay": lay}


def people_gate(trusted: bool, inside: bool = False) -> tuple[str, str, str, bool, str]:
    """Passed while everybody is accredited, and for ever where a request got `inside` when they were."""
    asks = _("Training that has not run out, a signed agreement, and an officer who looked at both.")
    now = _("Whoever takes part is accredited.") if trusted else _("Not everybody is accredited at this moment.")
    if inside and not trusted:
        now = _("Whoever asked was accredited then.")
    return _("People"), _("Can these people be trusted?"), asks, inside or trusted, now


def inner_gates(inside: bool, now: str, done: bool, out: str) -> list[tuple[str, str, str, bool, str]]:
    """The three gates that a secure data centre keeps. `now` says how the request got on, `out` what left."""
    return [
        (
            _("Data"),
            _("May this project use these data?"),
            _("Whoever looks after the data agrees, until a certain day."),
            inside,
            now,
        ),
        (
            _("Settings"),
            _("Is this a safe place to run it?"),
            _("The analysis is on the approved list, by its checksum. A second person signs each run."),
            inside,
            now,
        ),
        (
            _("Outputs"),
            _("Could the results point to anyone?"),
            _("Two people look at every file, each alone. A file leaves only if both say yes."),
            done,
            out,
        ),
    ]


def gates_of_request(request: Request) -> list[Gate]:
    """Where a request stands. Its `submission.project.panel` and `submission.by` should be at hand."""
    submission = request.submission
    accreditation = accreditation_of(submission.by)
    inside = request.state in DECIDED_INSIDE
    done = request.state in OUTPUTS_DECIDED
    agreed = _("%(where)s agreed.") % {"where": request.tre.name}
    told = _("The centre says: %(state)s.") % {"state": request.get_state_display()}
    out = _("Two people decided.") if done else _("Nothing has left yet.")
    rows = [
        project_gate(submission.project, inside),
        people_gate(bool(accreditation) and accreditation.in_force(timezone.now()), inside),
        *inner_gates(inside, agreed if inside else told, done, out),
    ]
    return gates(rows, stopped=request.state in STOPPING)


def gates_of_project(project: Project) -> list[Gate]:
    """Where a project stands as a whole: the last three gates open for each request anew, so they are summed up."""
    now = timezone.now()
    people = [each.user for each in project.members_now()]
    found = accreditations_of(people)
    accreditations = [found.get(each.pk) for each in people]
    trusted = bool(accreditations) and all(each is not None and each.in_force(now) for each in accreditations)
    states = Request.objects.filter(submission__project=project).values_list("state", flat=True)
    inside, let_out = counted(states, DECIDED_INSIDE), counted(states, LET_OUT)
    told = _("Each secure data centre decides on each request.")
    agreed = _("Agreed for %(some)s of %(all)s requests.") % {"some": inside, "all": len(states)}
    left = _("Results of %(some)s of %(all)s requests were let out.") % {"some": let_out, "all": len(states)}
    rows = [
        project_gate(project, inside > 0 and project.state not in STOPPING),
        people_gate(trusted, inside > 0),
        *inner_gates(
            inside > 0, agreed if inside else told, let_out > 0, left if let_out else _("Nothing has left yet.")
        ),
    ]
    return gates(rows, stopped=project.state in STOPPING)


def people_named(project: Project) -> list[str]:
    """Who takes part now, each named as she chose; the lead first. Three queries."""
    members = list(project.members_now().order_by("-is_lead", "user__name"))
    found = accreditations_of([each.user for each in members])
    return [name_in_public(each.user, found.get(each.user_id)) for each in members]


def counted(states, wanted) -> int:
    return sum(state in wanted for state in states)
