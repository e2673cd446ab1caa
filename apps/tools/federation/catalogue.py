"""The demonstration's workflow and its invented datasets: described at the hub, located inside the TREs."""

import tempfile
from datetime import date
from pathlib import Path

from django.core.files import File

from apps.core.accounts.models import User
from apps.hub.datasets import actions as datasets
from apps.hub.datasets.models import Dataset, DatasetVersion, Tre, WorkflowVersion
from apps.node.custody import actions as custody
from apps.node.custody.models import DatasetLocation
from apps.tools.federation.accounts import REASON, user
from apps.tools.federation.people import Centre
from apps.tools.federation.population import DICTIONARY, write_population
from apps.tools.federation.workflow_crate import OUTPUTS, PARAMETERS, write_workflow_crate


def seed_workflow() -> WorkflowVersion:
    """The demonstration workflow in the catalogue."""
    found = WorkflowVersion.objects.select_related("workflow").first()
    if found:
        return found
    with tempfile.TemporaryDirectory() as folder:
        crate = Path(folder) / "workflow.zip"
        write_workflow_crate(crate)
        return datasets.add_workflow_version(
            by=user("coordinator@hub.example"),
            name="Count people with asthma by region and age",
            summary="Counts people with asthma in each region and age band, leaves out small counts, and draws bars.",
            label="1",
            crate=crate,
            parameters=PARAMETERS,
            outputs=OUTPUTS,
        )


def seed_dataset(centre: Centre, data_dir: Path) -> DatasetVersion:
    """An invented dataset: described at the hub, located inside the TRE."""
    tre = Tre.objects.get(pk=centre.id)
    coordinator = user("coordinator@hub.example")
    name = f"{centre.name.split()[0]} health records"
    dataset = Dataset.objects.filter(held_by=tre, name=name).first() or datasets.describe_dataset(
        by=coordinator, tre=tre, name=name, summary="About 5,000 invented people: age, sex, region, illness, dates."
    )
    version = dataset.versions.first() or seed_version(centre, dataset, coordinator)
    if dataset.state == Dataset.State.DRAFT:
        datasets.publish(dataset=dataset, by=user("officer@hub.example"), reason=REASON)
    locate(centre, version, name, data_dir)
    return version


def seed_version(centre: Centre, dataset: Dataset, coordinator: User) -> DatasetVersion:
    """The version of the demonstration. In its sample half have asthma, so that few people give counts to look at."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{centre.slug}-sample.csv"
        write_population(path, seed=centre.seed + 100, asthma=0.5, mean_age=centre.mean_age, rows=200)
        with path.open("rb") as stream:
            return datasets.add_version(
                by=coordinator,
                dataset=dataset,
                label="2026-1",
                years_from=2015,
                years_to=2024,
                **description(centre),
                dictionary=DICTIONARY,
                sample=File(stream, path.name),
            )


def description(centre: Centre) -> dict:
    """What the catalogue tells of an invented dataset."""
    nation = {"hillfoot": "Wales"}.get(centre.slug, "England")
    return {
        "extracted_on": date(2026, 3, 31),
        "population": "Everybody who was on the list of a family doctor there for at least a year.",
        "places": f"The area of {centre.name}.",
        "protection": "No names, addresses or numbers. Only the year of birth. Dates are moved by up to two weeks.",
        "nations": [
            {
                "nation": nation,
                "basis": "A task in the public interest (UK GDPR article 6(1)(e)), and research (article 9(2)(j))",
                "opt_out": "applies" if nation == "England" else "does not apply",
                "reason": "It is taken from records of care."
                if nation == "England"
                else "The opt-out is for England; a person here writes to the centre.",
            }
        ],
        "sensitivity": "medium",
        "custodians": f"The data office of {centre.name}",
    }


def locate(centre: Centre, version: DatasetVersion, name: str, data_dir: Path) -> None:
    """Write the data where the sandbox can reach them, and say where they lie."""
    path = data_dir / f"{centre.slug}.csv"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        data_dir.chmod(0o755)
        draft = path.with_suffix(".part")
        write_population(draft, seed=centre.seed, asthma=centre.asthma, mean_age=centre.mean_age)
        draft.chmod(0o644)
        draft.replace(path)
    if not DatasetLocation.objects.for_tre(centre.id).filter(dataset_version=version.pk, path=str(path)).exists():
        operator = user(f"operator@{centre.slug}.example")
        custody.locate_dataset(tre=centre.id, by=operator, dataset_version=version.pk, name=name, path=str(path))
