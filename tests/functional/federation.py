"""The demonstration federation, for tests that need a whole world. States are reached by walking, as people do."""

from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from apps.core.accounts.models import RoleGrant, User
from apps.core.accounts.roles import Role
from apps.core.outbox import service as outbox
from apps.core.outbox.models import Work
from apps.core.panels import actions as panels
from apps.core.panels import seat_actions
from apps.core.panels.models import Round, RoundSeat, Seat
from apps.hub.datasets import actions as datasets
from apps.hub.datasets.models import Certificate, DatasetVersion
from apps.hub.projects import text_actions
from apps.hub.projects.models import Membership, Project
from apps.hub.submissions import actions as submissions
from apps.hub.submissions.models import Submission
from apps.node.custody.models import DataGrant, WorkflowApproval
from apps.node.egress import actions as egress
from apps.node.egress.models import EgressRequest
from apps.node.runs import actions as runs
from apps.node.runs import standing
from apps.node.runs.models import Run, StandingSignOff
from apps.tools.federation.journey import write_request
from apps.tools.federation.people import CENTRES

CENTRE = CENTRES[0]


def person(email: str) -> User:
    """Read again, so that her roles are those of now."""
    return User.objects.get(email=email)


def staff(role: str) -> User:
    return person(f"{role}@{CENTRE.slug}.example")


def second_officer() -> User:
    """Another accreditation officer, for what one alone does not start again."""
    RoleGrant.objects.get_or_create(
        user=person("auditor@hub.example"), role="accreditation_officer", side=settings.HUB_ID
    )
    return person("auditor@hub.example")


def asked_here(model, centre=CENTRE):
    """What a TRE was asked, of a kind, for the demonstration's project in force. The first TRE hears of one in review, too."""
    return model.objects.for_tre(centre.id).filter(project=Project.objects.get(code="ASTHMA-24").pk)


def show_certificate(tre, days: int = 100, **changed) -> Certificate:
    """Evidence that a TRE works to a standard, for so many days from today, confirmed by the officer."""
    facts = {"standard": "ISO/IEC 27001", "issuer": "A certifier", "number": "1"} | changed
    until, file = timezone.localdate() + timedelta(days=days), SimpleUploadedFile("c.pdf", b"%PDF-1.4")
    made = datasets.hand_in_certificate(tre=tre, by=person("admin@hub.example"), until=until, file=file, **facts)
    datasets.confirm_certificate(certificate=made, by=person("officer@hub.example"), reason="I rang them.")
    return Certificate.objects.get(pk=made.pk)


def work_until_done(seconds: float = 15) -> None:
    """Do the worker's part: all outbox work, also what is due soon, until none is left."""
    end = timezone.now() + timedelta(seconds=seconds)
    while Work.objects.filter(done_at=None).exists() and timezone.now() < end:
        outbox.drain()
    left = list(Work.objects.filter(done_at=None).values_list("name", "last_error"))
    assert not left, left


def upload(tmp_path: Path, by: str = "ada@northgate.example") -> Submission:
    path = tmp_path / "request.zip"
    write_request(path)
    file = SimpleUploadedFile("request.zip", path.read_bytes(), "application/zip")
    return Submission.objects.get(pk=submissions.upload(by=person(by), file=file).pk)


def send(submission: Submission):
    """Ask the first TRE, with its own dataset."""
    version = DatasetVersion.objects.get(dataset__held_by=CENTRE.id)
    choices = {str(CENTRE.id): {"dataset": str(version.pk)}}
    return submissions.send(submission=submission, by=submission.by, choices=choices)[0]


def received(tmp_path: Path) -> Run:
    """A run that awaits its sign-off."""
    request = send(upload(tmp_path))
    work_until_done()
    return Run.objects.get(request=request.pk)


def sign_off(run: Run) -> Run:
    runs.sign_off(run=run, by=staff("approver"), reason="All five safes hold.", declared=True)
    return Run.objects.get(pk=run.pk)


def review(request: EgressRequest, checker: str, refuse: tuple[str, ...] = ()) -> EgressRequest:
    """One checker's votes: yes on every file but those named."""
    votes = {
        str(file.pk): {
            "approves": file.port not in refuse,
            "reason_code": "small_numbers" if file.port in refuse else "",
            "comment": "Looked at each cell.",
        }
        for file in request.files.all()
    }
    egress.review(egressrequest=request, by=staff(checker), votes=votes, declared=True)
    return EgressRequest.objects.get(pk=request.pk)


def save(storage: str, name: str, path: Path) -> None:
    """Copy a stored file to the disk."""
    with storages[storage].open(name) as stored:
        path.write_bytes(stored.read())


def propose_in_advance(centre=CENTRE, **changed) -> StandingSignOff:
    """A standing sign-off that waits for its second person: the demonstration's request lies within its bounds."""
    facts = {
        "by": person(f"approver@{centre.slug}.example"),
        "bounds": {"min_cell": {"least": 5, "most": 20}, "age_bands": {"pattern": "0-17,*"}},
        "until": timezone.localdate() + timedelta(days=30),
        "most_uses": 2,
        "reason": "These counts come every week.",
    }
    return standing.propose(
        workflow=WorkflowApproval.objects.for_tre(centre.id).first(),
        grant=asked_here(DataGrant, centre).get(),
        **facts | changed,
    )


def in_advance(**changed) -> StandingSignOff:
    """A standing sign-off in force at the first TRE."""
    proposed = propose_in_advance(**changed)
    standing.confirm(standingsignoff=proposed, by=staff("approver2"), reason="I agree.", declared=True)
    return StandingSignOff.objects.get(pk=proposed.pk)


# What the form of a dataset's version asks for beside its years and columns.
DESCRIBED = {
    "extracted_on": "2024-12-31",
    "population": "Everybody on the list of a family doctor.",
    "places": "The coast",
    "protection": "No names.",
    "nations": "England | public task | applies | It comes from care.",
    "sensitivity": "high",
    "custodians": "The data office",
}


PANEL = ("chair", "expert", "caretaker", "lay", "lay2")


def voted(project, choices="approve", members=PANEL, **more) -> Round:
    """The panel's members declare and vote on a project; `choices`: one for all, or one for each."""
    round = Round.objects.of(project)[0]
    for name, choice in zip(members, choices.split() * (1 if " " in choices else len(members)), strict=True):
        member = person(f"{name}@hub.example")
        panels.declare(round=round, by=member, kind="none")
        conditions = "Say who pays." if choice == "conditions" else ""
        panels.vote(round=round, by=member, choice=choice, reason=f"{name}: {choice}.", conditions=conditions, **more)
    return Round.objects.get(pk=round.pk)


def seated(panel, user, kind="expert", *, rounds=(), by="admin@hub.example", second="coordinator@hub.example", **more):
    """A seat that two people gave, with the role that it needs; `rounds`: votes under way, as if she had sat there before."""
    chairs, coordinates = more.get("is_chair", False), kind == Seat.Kind.COORDINATOR
    role = Role.CHAIR if chairs else Role.COORDINATOR if coordinates else Role.PANEL_MEMBER
    RoleGrant.objects.get_or_create(user=user, role=role, side=panel.side, ended_at=None)
    seat = seat_actions.propose_seat(panel=panel, by=person(by), user=user, kind=kind, **more)
    seat_actions.confirm_seat(seat=seat, by=person(second), reason="We need her.")
    RoundSeat.objects.bulk_create(RoundSeat(round=round, seat=seat) for round in rounds)
    return Seat.objects.get(pk=seat.pk)


def joined(project: Project, user) -> Membership:
    """A person in the team, approved: what was named alone binds nobody who sits on a panel."""
    made = Membership.objects.create(project=project, user=user)
    Membership.objects.filter(pk=made.pk).update(state="approved")
    return Membership.objects.get(pk=made.pk)


def unseated(seat, by="coordinator@hub.example", second="admin@hub.example") -> None:
    """Another's seat, ended by two people."""
    seat_actions.propose_end(seat=seat, by=person(by), reason="She moved away.")
    seat_actions.confirm_end(seat=seat, by=person(second), reason="She did.")


def tell_outcome(project: Project) -> None:
    """The lead writes what was found, and the publisher clears it."""
    told = {"kind": "outcome", "title": "What we found", "text": "More clinics are needed in the north."}
    text = text_actions.propose_text(project=project, by=project.lead, **told)
    text_actions.clear(publictext=text, by=person("publisher@hub.example"), reason="It is plain.")
