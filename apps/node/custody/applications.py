"""A project that asks for data here: heard by a signed document before any request, and put before its deciders."""

from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from apps.core.audit.act import outbox, record
from apps.core.errors import BadInput
from apps.core.exchange.bodies import exactly, identity, words
from apps.core.exchange.models import NUMBERS, Incoming
from apps.node.custody import actions, reliance
from apps.node.custody.models import HubApplication

Word = HubApplication.Word


def propose(*, tre: UUID, project: dict, email_key: str, members: list[dict], datasets: list[dict], is_approved: bool):
    """Note a project, its members and the uses of data, each for its own decider. Only where a panel approved the project is
    anything accepted by reliance on that panel."""
    panel = project.get("panel") if is_approved else None
    reliance.accept_by(actions.propose_project(tre=tre, by="portal", project=project), panel)
    for member in members:
        told = {"project": UUID(project["id"]), "member": member, "email_key": email_key}
        reliance.accept_by(actions.propose_member(tre=tre, by="portal", **told), panel)
    for dataset in datasets:
        actions.propose_grant(
            tre=tre,
            by="portal",
            project=project,
            dataset_version=UUID(dataset["version"]),
            dataset_name=_("%(dataset)s, version %(label)s") % {"dataset": dataset["name"], "label": dataset["label"]},
            variables=dataset["variables"],
        )


def read(body) -> dict:
    """What a document says, by name. Raises BadInput where it says anything else, or anything more."""
    names = ("number", "word", "project", "email_key", "members", "datasets")
    try:
        number, word, project, email_key, members, datasets = exactly(body, *names)
        if type(number) is not int or number not in NUMBERS:
            raise ValueError
        bytes.fromhex(words(email_key, 64))
        return {
            "number": number,
            "word": Word(word),
            "project": project_of(project),
            "email_key": email_key,
            "members": [member_of(each) for each in listed(members)],
            "datasets": [dataset_of(each) for each in listed(datasets)],
        }
    except (TypeError, ValueError, AttributeError):
        raise BadInput(_("This does not say what a project asks for."))


def project_of(told) -> dict:
    """A project as an offer tells of it. Raises ValueError, TypeError."""
    names = ("id", "code", "title", "lay_summary", "until", "panel", "content_sha256")
    pk, code, title, lay_summary, until, panel, sha256 = exactly(told, *names)
    panel_pk, panel_name = exactly(panel, "id", "name")
    for each in (pk, panel_pk):
        identity(each)
    for text, longest in ((panel_name, 200), (code, 40), (title, 200), (lay_summary, None), (sha256, 64)):
        words(text, longest)
    date.fromisoformat(until)
    return told


def member_of(told) -> dict:
    """A member as an offer names her. Raises ValueError, TypeError."""
    known = ("orcid", "email_hashes", "is_lead", "accredited_until", "accreditation_sha256", "organisation")
    pk, name, orcid, hashes, is_lead, until, sha256, organisation = exactly(told, "id", "name", *known)
    identity(pk)
    for text, longest in ((name, 200), (orcid, 40), (sha256, 64)):
        words(text, longest)
    texts(hashes)
    texts(exactly(organisation, "name", "ror"))
    if until != "":
        date.fromisoformat(until)
    if type(is_lead) is not bool:
        raise ValueError
    return told


def dataset_of(told) -> dict:
    """A dataset version as an offer names it. Raises ValueError, TypeError."""
    pk, name, label, variables = exactly(told, "version", "name", "label", "variables")
    identity(pk)
    words(name, 200)
    words(label, 50)
    texts(variables)
    return told


def listed(told) -> list:
    """A list. Raises ValueError for anything else."""
    if not isinstance(told, list):
        raise ValueError
    return told


def texts(told) -> list[str]:
    """A list of texts. Raises ValueError for anything else."""
    return [words(each) for each in listed(told)]


def hear(*, document: Incoming) -> None:
    """Keep where the panel stands, and put what is asked before its deciders. What comes late, after newer word, changes
    nothing; of what is asked no more nothing new is put before anybody. Raises BadInput."""
    told = read(document.body)
    project = UUID(told["project"]["id"])
    known = HubApplication.objects.select_for_update().for_tre(document.side).filter(project=project).first()
    if known is not None and known.number >= told["number"]:
        return
    kept, _made = HubApplication.objects.update_or_create(
        tre=document.side,
        project=project,
        defaults={"number": told["number"], "word": told["word"], "heard_at": document.received_at},
    )
    record("custody.application_heard", by=document.peer, subject=kept, number=kept.number, word=kept.word)
    if kept.word != Word.OVER:
        asked = {name: told[name] for name in ("project", "email_key", "members", "datasets")}
        propose(tre=document.side, is_approved=kept.word == Word.APPROVED, **asked)
    outbox(actions.changed, tre=document.side)


def why_not_approved(thing) -> str:
    """Why nothing runs under a thing's project as the hub last told of it, as a sentence; empty where it may. One query."""
    word = HubApplication.word_on(thing)
    if word == Word.UNDECIDED:
        return _("The federation's panel has not decided on this project yet.")
    return _("The hub says that this project asks for nothing here any more.") if word == Word.OVER else ""
