"""Each TRE whose data a project asks for hears of it before any request: by a signed document that says how things are now.

It tells whether the panel has decided, so that a TRE may decide before the panel or after it. Nothing runs by it: a request
is sent only under a project that the panel approved.
"""

import secrets

from django.db.models import Q
from django.utils import timezone

from apps.core.audit.act import act, record
from apps.core.exchange import service as exchange
from apps.core.exchange.models import Document, Peer
from apps.core.outbox.registry import hourly
from apps.hub.datasets.models import Tre
from apps.hub.projects.models import Project
from apps.hub.researchers import changes
from apps.hub.submissions.actions import dataset_evidence, member, project_evidence
from apps.hub.submissions.lapses import CONCERNS
from apps.hub.submissions.models import ToldApplication

UNDECIDED, APPROVED, OVER = "undecided", "approved", "over"
# Of a draft nobody hears; what came back is being written anew; what is suspended is told as a lapse.
WORD_OF = {
    **dict.fromkeys(("submitted", "in_review", "under_appeal"), UNDECIDED),
    "approved": APPROVED,
    **dict.fromkeys(("rejected", "withdrawn", "expired", "outcome_due", "closed"), OVER),
}


def word_on(project: Project) -> str:
    """Where the panel stands with a project; empty where there is nothing new to tell, as in a text that nobody approved."""
    word = WORD_OF.get(project.state, "")
    return "" if word == APPROVED and not project.in_force(timezone.now()) else word


def application_of(project: Project, tre: Tre, word: str, key: str) -> dict:
    """What crosses: the evidence of an offer, with people under a key, and the project's data at this TRE alone."""
    versions = list(project.dataset_versions.filter(dataset__held_by=tre).select_related("dataset").order_by("pk"))
    variables = project.variables_of(versions)
    return {
        "word": word,
        "project": project_evidence(project),
        "email_key": key,
        "members": [member(each, key) for each in project.members_now().order_by("user_id")],
        "datasets": [dataset_evidence(each, variables[str(each.pk)]) for each in versions],
    }


def lasting(application: dict) -> dict:
    """What makes it worth telling anew. A person who renews her training is not asked about again in all her projects, and no
    run of hers waits for that: her newer evidence goes with what is told next, and with her next request."""
    told_of = [each | {"accredited_until": bool(each["accredited_until"])} for each in application["members"]]
    return application | {"members": [each | {"accreditation_sha256": ""} for each in told_of]}


def newer(project: Project, tre: Tre, word: str, told: dict) -> dict | None:
    """What is to be told after `told`; None where that still holds. An end repeats what was told before, and nothing else."""
    if word == OVER:
        return told | {"word": OVER} if told and told["word"] != OVER else None
    # Under the key that was told, what did not change reads the same; what did is told under a key of its own.
    if told and lasting(application_of(project, tre, word, told["email_key"])) == lasting(told):
        return None
    found = application_of(project, tre, word, secrets.token_hex(32))
    return found if found["datasets"] else newer(project, tre, OVER, told)


def tell(project_id) -> None:
    """Tell each TRE whose data a project asks for how it stands, where that is not what it was told last."""
    with act():
        project = Project.objects.select_for_update(no_key=True).get(pk=project_id)
        word = word_on(project)
        for tre in concerned(project) if word else ():
            kept = ToldApplication.objects.filter(project=project, tre=tre).first()
            told = kept or ToldApplication(project=project, tre=tre)
            application = newer(project, tre, word, told.application)
            if application is None:
                continue
            told.number, told.told_at = exchange.next_number(told.number), timezone.now()
            told.application = application
            told.save()
            body = {"number": told.number, **application}
            exchange.send(kind=Document.Kind.APPLICATION, side=project.side, peer=tre.pk, body=body)
            said = {"tre": tre.pk, "number": told.number, "word": application["word"]}
            record("project.application_told", by="portal", subject=project, **said)


def concerned(project: Project) -> list[Tre]:
    """The TREs whose data a project asks for, or that were told so before. Who has left, or is not connected, hears nothing."""
    connected = Peer.objects.filter(side=project.side, ended_at=None).values("peer")
    before = ToldApplication.objects.filter(project=project).values("tre")
    asked = Q(datasets__versions__projects=project) | Q(pk__in=before)
    return list(Tre.objects.exclude(state="left").filter(asked, pk__in=connected).order_by("pk").distinct())


@changes.when_changed
def tell_of(what: str, pk) -> None:
    """Something changed: look at every project that it concerns."""
    for project in told_projects().filter(CONCERNS[what](pk)).values_list("pk", flat=True):
        tell(project)


@hourly
def tell_all() -> None:
    """What changes by the clock, or in a way that nobody said, is told within the hour."""
    for project in told_projects().values_list("pk", flat=True):
        tell(project)


def told_projects():
    """The projects that are asked for, and those that a TRE was told of."""
    told = ToldApplication.objects.values("project")
    asked = [state for state, word in WORD_OF.items() if word != OVER]
    return Project.objects.filter(Q(state__in=asked) | Q(pk__in=told)).order_by("pk").distinct()
