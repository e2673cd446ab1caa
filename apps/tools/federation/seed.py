"""Seed the demonstration federation through the same actions that people use. Interrupted and run again, it goes on."""

from pathlib import Path

from apps.tools.federation import meetings
from apps.tools.federation.accounts import seed_people
from apps.tools.federation.catalogue import seed_dataset, seed_workflow
from apps.tools.federation.centres import seed_centre
from apps.tools.federation.decisions import accept, publish_policy, rely, sign_off_in_advance
from apps.tools.federation.incident import seed_incident
from apps.tools.federation.own_panel import seed_own_panel
from apps.tools.federation.panel import approve, put_in_review, seed_panel
from apps.tools.federation.people import CENTRES, WITH_OWN_PANEL
from apps.tools.federation.projects import seed_draft, seed_project
from apps.tools.federation.researchers import seed_researchers


def seed_federation(data_dir: Path) -> None:
    """Everything the demonstration needs. `data_dir`: where the invented datasets are written."""
    seed_people()
    for centre in CENTRES:
        seed_centre(centre)
    seed_researchers()
    version = seed_workflow()
    versions = [seed_dataset(centre, data_dir) for centre in CENTRES]
    seed_incident()
    panel = seed_panel()
    approved = seed_project("ASTHMA-24", "Where people live with asthma", "ada@northgate.example", versions)
    put_in_review(approved)
    meetings.call_together(approved)
    approve(approved)
    meetings.hold(panel)
    waiting = seed_project("ASTHMA-25", "Asthma and school days", "bo@northgate.example", versions[:1])
    put_in_review(waiting)
    meetings.plan_next(waiting)
    seed_draft()
    seed_own_panel(WITH_OWN_PANEL)
    for centre, dataset_version in zip(CENTRES, versions, strict=True):
        accept(centre, approved, version, dataset_version)
    sign_off_in_advance(CENTRES[1], approved)
    rely(CENTRES[1])
    for centre in CENTRES:
        publish_policy(centre)
