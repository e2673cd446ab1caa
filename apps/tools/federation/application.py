"""A whole application of the demonstration, written section by section as its lead would."""

from datetime import date, timedelta

from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from apps.core.accounts.models import User
from apps.core.errors import Problem
from apps.hub.datasets.models import DatasetVersion
from apps.hub.projects import application_actions as applications
from apps.hub.projects.models import Project
from apps.hub.projects.questions import SECTIONS, VARIABLES

SUMMARY = (
    "Asthma makes it hard to breathe. We want to know in which regions and at which ages more people live with it, "
    "so that clinics can be where they are needed."
)
VARIABLES_NEEDED = """person: to count each person once
age: asthma is not the same at each age
sex: nor for women and men
region: clinics are planned by region
diagnosis: to count who lives with asthma
diagnosed_on: to count those who live with it now"""
ANSWERS = {
    "lay_summary": SUMMARY,
    "benefit": "People with asthma, through clinics that are near them.",
    "who_benefits": "People with asthma, within two years. Then those who plan clinics elsewhere.",
    "purpose": "Count the people with asthma in each region and age band. Compare the counts with the clinics there are.",
    "commercial": "no",
    "sponsors": "Northgate University",
    "funders": "The Invented Research Fund",
    "article_6": "public_task",
    "article_9": "research",
    "confidentiality": "anonymous",
    "confidentiality_how": "The data carry no names, addresses or numbers of patients. Nothing but checked counts leaves the TRE.",
    "outputs": "Tables of counts and bar charts, by region and age band.",
    "protection": "Counts under 10 are left out, and all others are rounded to 5.",
    "ethics": "approved",
    "ethics_reference": "NG-2025-118",
    "retention": "The analysis and its results are kept for ten years at Northgate University. No data is.",
    "team": "Our lead has ten years of health statistics. Cleo writes and tests the analyses.",
}


def answers_for(project: Project, versions: list[DatasetVersion], until: date, **changes) -> dict:
    """Every answer of the demonstration's application; `changes` take their place."""
    told = {
        **ANSWERS,
        "title": project.title,
        "code": project.code,
        "organisation": str(project.organisation_id),
        "dataset_versions": [str(version.pk) for version in versions],
        **{f"{VARIABLES}{version.pk}": VARIABLES_NEEDED for version in versions},
        "start": timezone.localdate().isoformat(),
        "until": until.isoformat(),
    }
    return told | changes


def write_sections(project: Project, by: User, answers: dict, only: tuple[str, ...] = ()) -> Project:
    """Save the sections of an application, or `only` some. Raises Problem where an answer is not right."""
    data = MultiValueDict({key: value if isinstance(value, list) else [str(value)] for key, value in answers.items()})
    for section in SECTIONS:
        if not only or section.key in only:
            form = applications.save_section(project=project, by=by, section=section, data=data)
            if form.errors:
                raise Problem(f"{section.key}: {form.errors.as_json()}")
    return Project.objects.get(pk=project.pk)


def apply_for(
    *, by: User, panel, code: str, title: str, organisation, versions, until: date | None = None, **changes
) -> Project:
    """Begin an application and answer everything."""
    project = applications.begin(by=by, panel=panel, code=code, title=title, organisation=organisation)
    until = until or timezone.localdate() + timedelta(days=300)
    return write_sections(project, by, answers_for(project, list(versions), until, **changes))
