"""The story of one request, one project, one secure data centre: its five gates, and its entries of the public log."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.hub.projects.models import Project
from apps.hub.researchers.queries import accreditation_of
from apps.hub.submissions.board import DECIDED_INSIDE, OUTPUTS_DECIDED
from apps.hub.submissions.models import Request

PASSED, HERE, AHEAD, STOPPED = "passed", "here", "ahead", "stopped"
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


def asked_by_panel(panel) -> str:
    """A panel's rule in plain words."""
    return _("At least %(votes)s members vote, at least %(lay)s of them from the public. More say yes than no.") % {
        "votes": panel.minimum_votes,
        "lay": panel.minimum_lay,
    }


def project_gate(project: Project) -> tuple[str, str, str, bool, str]:
    passed = not project.why_not(timezone.now())
    now = _("The panel said yes.") if passed else _("It is “%(state)s”.") % {"state": project.get_state_display()}
    return _("Projects"), _("Is this use of the data right?"), asked_by_panel(project.panel), passed, now


def people_gate(passed: bool) -> tuple[str, str, str, bool, str]:
    asks = _("Training that has not run out, a signed agreement, and an officer who looked at both.")
    now = _("Whoever takes part is accredited.") if passed else _("Not everybody is accredited at this moment.")
    return _("People"), _("Can these people be trusted?"), asks, passed, now


def inner_gates(where: str, inside: bool, done: bool, told: str) -> list[tuple[str, str, str, bool, str]]:
    """The three gates that a secure data centre keeps."""
    agreed = _("%(where)s agreed.") % {"where": where}
    return [
        (
            _("Data"),
            _("May this project use these data?"),
            _("Whoever looks after the data agrees, until a certain day."),
            inside,
            agreed if inside else told,
        ),
        (
            _("Settings"),
            _("Is this a safe place to run it?"),
            _("The analysis is on the approved list, by its checksum. A second person signs each run."),
            inside,
            agreed if inside else told,
        ),
        (
            _("Outputs"),
            _("Could the results point to anyone?"),
            _("Two people look at every file, each alone. A file leaves only if both say yes."),
            done,
            _("Two people decided.") if done else _("Nothing has left yet."),
        ),
    ]


def gates_of_request(request: Request) -> list[Gate]:
    """Where a request stands. Its `submission.project.panel` and `submission.by` should be at hand."""
    submission = request.submission
    accreditation = accreditation_of(submission.by)
    inside = request.state in DECIDED_INSIDE
    told = _("The centre says: %(state)s.") % {"state": request.get_state_display()}
    rows = [
        project_gate(submission.project),
        people_gate(bool(accreditation) and accreditation.in_force(timezone.now())),
        *inner_gates(request.tre.name, inside, request.state in OUTPUTS_DECIDED, told),
    ]
    return gates(rows, stopped=request.state in STOPPING)


def gates_of_project(project: Project) -> list[Gate]:
    """Where a project stands as a whole: the last three gates open for each request anew."""
    now = timezone.now()
    accreditations = [accreditation_of(each.user) for each in project.members_now()]
    trusted = bool(accreditations) and all(each is not None and each.in_force(now) for each in accreditations)
    told = _("Each secure data centre decides on each request.")
    rows = [project_gate(project), people_gate(trusted), *inner_gates("", False, False, told)]
    return gates(rows, stopped=project.state in STOPPING)
