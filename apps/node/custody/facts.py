"""What a decider of a TRE is shown of a thing: everything that her sign-off binds to, in words."""

from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.crates.parameters import is_code
from apps.node.custody.models import Acceptance, DataGrant, HubApplication, MemberAcceptance, ProjectAcceptance

LABELS = {
    "project": gettext_lazy("Project's identity"),
    "code": gettext_lazy("Short code"),
    "title": gettext_lazy("Title"),
    "lay_summary": gettext_lazy("What it wants to find out, in plain words"),
    "hub_until": gettext_lazy("The panel's approval ends on"),
    "hub_content_sha256": gettext_lazy("Checksum of what the panel approved (SHA-256)"),
    "member": gettext_lazy("Person's identity"),
    "name": gettext_lazy("Name"),
    "orcid": gettext_lazy("ORCID iD"),
    "accredited_until": gettext_lazy("Accredited until"),
    "accreditation_sha256": gettext_lazy("Checksum of the accreditation (SHA-256)"),
    "met": gettext_lazy("What this secure data centre asks of her"),
    "project_code": gettext_lazy("Project"),
    "dataset_version": gettext_lazy("Dataset version's identity"),
    "dataset_name": gettext_lazy("Dataset"),
    "identifier": gettext_lazy("Address"),
    "label": gettext_lazy("Version"),
    "sha512": gettext_lazy("Checksum of the workflow crate (SHA-512)"),
    "approved_variables": gettext_lazy("Variables that the panel approved"),
    "variables": gettext_lazy("Variables that are granted"),
    "workflows": gettext_lazy("Only with these workflows"),
    "panel": gettext_lazy("Panel's identity"),
    "panel_name": gettext_lazy("Panel"),
    "for_projects": gettext_lazy("For projects"),
    "for_members": gettext_lazy("For people"),
    "until": gettext_lazy("Until"),
    "parameters": gettext_lazy("What it asks for"),
    "outputs": gettext_lazy("What it puts out"),
}
# Of what the federation's panel has not decided on.
ASKED_LABELS = LABELS | {
    "hub_until": gettext_lazy("It asks for time until"),
    "hub_content_sha256": gettext_lazy("Checksum of what the panel was asked (SHA-256)"),
    "approved_variables": gettext_lazy("Variables that are asked for"),
}
OF_A_PROJECT = (ProjectAcceptance, MemberAcceptance, DataGrant)
# What only a machine compares. Whoever decides can open it, below what she reads.
FOR_MACHINES = {
    *("project", "member", "dataset_version", "panel"),
    *("hub_content_sha256", "accreditation_sha256", "sha512"),
}
DAYS = {"hub_until", "accredited_until", "until"}


Facts = list[tuple[str, list[str]]]


def shown_of(thing) -> tuple[Facts, Facts]:
    """What a page shows of it: what a person reads, with the project's name before all, and what only a machine compares."""
    word = HubApplication.word_on(thing) if isinstance(thing, OF_A_PROJECT) else ""
    labels = ASKED_LABELS if word == HubApplication.Word.UNDECIDED else LABELS
    machine = [str(labels[name]) for name in thing.content() if name in FOR_MACHINES]
    told = facts_of(thing, labels)
    read = [(name, lines) for name, lines in told if name not in machine]
    return panel_on(word) + project_of(thing) + read, [(name, lines) for name, lines in told if name in machine]


def panel_on(word: str) -> Facts:
    """That the federation's panel has not decided, or that nothing is asked any more, and what that means for a decision here."""
    if word == HubApplication.Word.UNDECIDED:
        says = _(
            "The panel has not decided yet. You may decide now. Nothing runs before the panel says yes. Your yes counts "
            "if the panel approves just what stands here, else you are asked again."
        )
        return [(_("The federation's panel"), [says])]
    if word == HubApplication.Word.OVER:
        says = _(
            "Nothing is asked here any more. The application was refused or taken back, the project has ended, or it asks "
            "for other data."
        )
        return [(_("The federation's panel"), [says])]
    return []


def project_of(thing) -> Facts:
    """The project that a person is to work on, as the TRE was offered it: its code and its title. At most one query."""
    if not isinstance(thing, MemberAcceptance):
        return []
    offered = ProjectAcceptance.objects.for_tre(thing).filter(project=thing.project)
    return [(_("Project"), [f"{code}: {title}"]) for code, title in offered.values_list("code", "title")]


def facts_of(thing, labels=LABELS) -> list[tuple[str, list[str]]]:
    """Everything that a sign-off binds to, in words: (what it is, its lines); and what is asked and not ticked off."""
    told = [
        (labels[name], [day_of(value)] if name in DAYS else lines_of(value)) for name, value in thing.content().items()
    ]
    waits = isinstance(thing, Acceptance) and thing.state == Acceptance.State.OFFERED
    unmet = thing.unmet() if waits else []
    return told + ([(_("Asked of her here, and not ticked off"), unmet)] if unmet else [])


def day_of(day: str) -> str:
    """A day of a thing's content (ISO 8601, or empty) as a person reads it."""
    return date_format(date.fromisoformat(day), "j F Y") if day else "–"


def lines_of(value) -> list[str]:
    """A text is one line; of parameters and outputs each is one."""
    if isinstance(value, bool):
        return [_("yes") if value else _("no")]
    if not isinstance(value, list):
        return [str(value)]
    if not value or isinstance(value[0], str):
        return value or ["–"]
    return [met_of(each) if "until" in each else line_of(each) for each in value]


def met_of(each: dict) -> str:
    """What was ticked off of a person: until when, what showed it, and who says so."""
    paper = f" ({each['evidence']})" if each["evidence"] else ""
    told = {"title": each["title"], "until": day_of(each["until"]), "by": each["by"], "paper": paper}
    return _("%(title)s: until %(until)s%(paper)s, says %(by)s") % told


def line_of(each: dict) -> str:
    """One parameter or output, and whether it brings code."""
    told = f"{each.get('label') or each.get('title')} ({each['name']}, {each.get('type') or each.get('media_type')})"
    return told + (_(": code, which is read before each run") if is_code(each) else "")
