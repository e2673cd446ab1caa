"""The demonstration's projects: two that were handed in, and a draft."""

from datetime import timedelta

from django.utils import timezone

from apps.core.audit.act import act
from apps.core.panels.models import Panel
from apps.hub.datasets.models import DatasetVersion
from apps.hub.projects import actions as projects
from apps.hub.projects import application_actions as applications
from apps.hub.projects.application_forms import as_data
from apps.hub.projects.models import Project
from apps.hub.projects.questions import BY_KEY
from apps.hub.researchers.models import Organisation
from apps.tools.federation.accounts import HUB, REASON, user
from apps.tools.federation.application import answers_for, apply_for, write_sections

WINTER_SUMMARY = (
    "Cold air makes asthma worse. We want to know if more people with asthma fall ill in hard winters, and where. "
    "Then help can be there before the cold is."
)


def seed_project(code: str, title: str, lead: str, versions: list[DatasetVersion]) -> Project:
    """A project of one lead and one more member."""
    found = Project.objects.filter(code=code).first()
    if found is None:
        with act():
            found = apply_for(
                by=user(lead),
                panel=Panel.objects.get(side=HUB),
                code=code,
                title=title,
                organisation=Organisation.objects.get(name="Northgate University"),
                versions=versions,
            )
    other = user("cleo@northgate.example")
    if not found.memberships.filter(user=other).exists():
        projects.propose_member(project=found, by=user(lead), email=other)
    for membership in found.memberships.filter(state="proposed"):
        projects.approve_member(membership=membership, by=user("officer@hub.example"), reason=REASON)
    return found


def seed_draft() -> None:
    """An application that is half written: some parts are done, one has to be mended, the rest is not begun."""
    if Project.objects.filter(code="WINTER-26").exists():
        return
    ada = user("ada@northgate.example")
    with act():
        begun = applications.begin(
            by=ada,
            panel=Panel.objects.get(side=HUB),
            title="Asthma in hard winters",
            code="WINTER-26",
            organisation=Organisation.objects.get(name="Northgate University"),
        )
        answers = answers_for(begun, [], timezone.localdate() + timedelta(days=400), lay_summary=WINTER_SUMMARY)
        write_sections(begun, ada, answers, only=("summary", "benefit", "money"))
        late = answers | {"until": (timezone.localdate() - timedelta(days=1)).isoformat()}
        applications.save_section(project=begun, by=ada, section=BY_KEY["dates"], data=as_data(late))
