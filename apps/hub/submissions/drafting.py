"""The crate of a draft: what was filled in by form, as a Five Safes RO-Crate."""

import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from django.core.files.storage import storages

from apps.core.crates import build
from apps.core.crates.check import CONTEXT_OF_OUTPUT
from apps.hub.datasets.models import DatasetVersion, Tre
from apps.hub.researchers.queries import accreditation_of
from apps.hub.submissions.forms import AskForm
from apps.hub.submissions.models import Draft


def form_of(draft: Draft, data=None, files=None, **options) -> AskForm:
    """The form of a draft: filled with what was saved, or with `data` as it came."""
    project = draft.project
    versions = DatasetVersion.objects.filter(projects=project, dataset__state="listed").select_related("dataset")
    tres = project.tres.filter(state=Tre.State.ACCREDITED).order_by("name")
    told = {"draft": draft, "tres": list(tres), "versions": list(versions), "initial": draft.values, **options}
    return AskForm(data, files, **told)


def saved_form(draft: Draft, **options) -> AskForm:
    """The form of a draft, asked whether what was saved is right."""
    return form_of(draft, draft.values, {}, **options)


@contextmanager
def crate_of(draft: Draft, form: AskForm):
    """The path of a draft's crate on the local disk, for as long as the block lasts. `form` is the saved one, and valid."""
    with tempfile.TemporaryDirectory(prefix="draft-") as folder:
        path = Path(folder) / "request.zip"
        request = request_of(draft, form)
        build.build_request(path, request, at=draft.saved_at, identifier=draft.pk, run=draft.run_id)
        yield path


def request_of(draft: Draft, form: AskForm) -> build.Request:
    """What a draft asks for, in the words of the crate library."""
    version, project, told = draft.workflow_version, draft.project, form.cleaned_data
    accreditation = accreditation_of(draft.by)
    organisation = accreditation.organisation if accreditation else project.organisation
    chosen = [tre.name for tre in form.tres if told.get(f"tre_{tre.pk}")]
    return build.Request(
        title=told["title"],
        description=told["description"],
        requester=build.Named(address_of(draft.by), draft.by.name),
        organisation=build.Named(organisation.ror or f"urn:uuid:{organisation.pk}", organisation.name),
        project=build.Named(f"#project-{project.pk}", project.title),
        project_codes=[(name, project.code) for name in chosen],
        workflow=build.Named(version.identifier, version.workflow.name),
        distribution=version.distribution(),
        inputs=[input_of(draft, parameter, told) for parameter in form.asked_for],
        outputs=[output_of(output, told) for output in version.outputs],
    )


def address_of(user) -> str:
    """A person's ORCID iD as an address; without one she has no address that means anything elsewhere."""
    return f"https://orcid.org/{user.orcid}" if user.orcid else f"urn:uuid:{user.pk}"


def input_of(draft: Draft, parameter: dict, told: dict) -> build.RequestedInput:
    """One input: the kept file, or the value as text; the usual one where nothing was typed."""
    kept = draft.files.get(parameter["name"])
    if parameter["type"] == "file" and kept:
        opener = partial(storages["crates"].open, kept["path"])
        return build.RequestedInput(parameter, file=opener, file_name=kept["name"], media_type=kept["media_type"])
    value = told[f"in_{parameter['name']}"]
    return build.RequestedInput(parameter, value=parameter["default"] if value in ("", None) else str(value))


def output_of(output: dict, told: dict) -> build.IntendedOutput:
    """One output with its context."""
    context = {word: told[f"out_{output['name']}_{word}"] for word in CONTEXT_OF_OUTPUT}
    return build.IntendedOutput(output["name"], output["title"], output["media_type"], **context)
