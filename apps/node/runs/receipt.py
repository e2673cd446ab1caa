"""An offer arrives: look into its crate ourselves, note what it asks for, make the run."""

import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.files.storage import storages
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.audit.act import record
from apps.core.crates.check import Crate, check, read
from apps.core.crates.code import read_code
from apps.core.crates.findings import Report
from apps.core.crates.limits import Limits
from apps.core.crates.package import open_bag
from apps.core.crates.parameters import BadParameter, Parameter, fill, is_code
from apps.core.errors import BadInput
from apps.core.exchange.bodies import Each, Maybe, Text, attachment
from apps.core.exchange.models import Incoming
from apps.node.custody import actions as custody
from apps.node.custody import applications
from apps.node.runs.models import Run

PERSON = {"id": UUID, "name": Text(200), "orcid": Text(40), "email_hashes": [str]}
OFFER = {
    "request": UUID,
    "title": str,
    "email_key": Text(64),
    "project": {
        "id": UUID,
        "code": Text(40),
        "title": Text(200),
        "lay_summary": str,
        "until": date,
        "panel": Maybe({"id": UUID}),
        "content_sha256": Text(64),
    },
    "requester": PERSON,
    "members": [PERSON | {"accredited_until": Maybe(date), "accreditation_sha256": Text(64)}],
    "workflow": {
        "id": Text(200),
        "name": Text(200),
        "label": Text(50),
        "sha512": Text(128),
        "parameters": [{"name": str, "type": str, "label": str, "default": str, "choices": Maybe([str])}],
        "outputs": [{"name": str}],
    },
    "datasets": Each({"version": UUID, "name": Text(200), "label": Text(50), "variables": [str]}),
    "crate": {"sha256": Text(64), "run_id": str},
}
MEGABYTE = 1024 * 1024
SUSPICION = "5S-SEC-10"  # what looks like a secret, or names a patient


@contextmanager
def local_copy(storage: str, name: str):
    """The path of a stored file on the local disk, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="run-") as folder:
        path = Path(folder) / "crate.zip"
        with storages[storage].open(name) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target, MEGABYTE)
        yield path


def limits() -> Limits:
    """The bounds of this node's own check."""
    return Limits(own_hosts=settings.OWN_HOSTS)


def look_into(stored: str, storage: str, offer: dict) -> tuple[Crate, Report]:
    """(the crate's facts, what we found) after our own check. Raises BadInput: the hub's word informs, never orders."""
    with local_copy(storage, stored) as path:
        report = check(path, phase="request", limits=limits())
        if report.verdict != "accepted":
            raise BadInput(_("The crate does not pass the check of this secure data centre."))
        crate = read(path)
    if report.sha256 != offer["crate"]["sha256"] or crate.run_id != offer["crate"]["run_id"]:
        raise BadInput(_("The crate is not the one that was offered."))
    if crate.workflow["id"] != offer["workflow"]["id"]:
        raise BadInput(_("The crate asks for another workflow than the offer."))
    return crate, report


def propose_all(tre: UUID, offer: dict, workflow: dict) -> "custody.WorkflowApproval":
    """Note the project, its members, the uses of data and the workflow, each for its own decider. An offer is sent only under
    a project that the panel approved."""
    asked = {name: offer[name] for name in ("project", "email_key", "members")}
    applications.propose(tre=tre, datasets=list(offer["datasets"].values()), is_approved=True, **asked)
    return custody.propose_workflow(
        tre=tre, by="portal", workflow=offer["workflow"], sha512=workflow["sha512"], crate=workflow["path"]
    )


def check_code(parameters: list[Parameter], files: dict[str, str], kept: dict) -> None:
    """Every file of code is a text. Raises BadParameter, before anybody is asked to read it."""
    names = [each["name"] for each in parameters if is_code(each) and each["name"] in files]
    if names:
        with local_copy(kept["storage"], kept["path"]) as path:
            bag = open_bag(path, limits())
            with bag.archive:
                for name in names:
                    read_code(bag, name, files[name])


def make_run(document: Incoming, crate: Crate, report: Report, approval) -> Run:
    """The run of an offer, with everything that its approver is shown. Raises BadInput."""
    offer = document.body
    kept = attachment(document, "crate.zip")
    try:
        parameters, files = fill(approval.parameters, crate.inputs)
        check_code(approval.parameters, files, kept)
    except BadParameter as problem:
        raise BadInput(str(problem))
    run = Run.objects.create(
        tre=document.side,
        request=UUID(offer["request"]),
        title=offer["title"][:300],
        project=UUID(offer["project"]["id"]),
        project_code=offer["project"]["code"],
        requester=offer["requester"],
        members=offer["members"],
        email_key=offer["email_key"],
        workflow_approval=approval,
        datasets=offer["datasets"],
        parameters=parameters,
        files=files,
        crate=kept["path"],
        crate_sha256=offer["crate"]["sha256"],
        external_identifier=crate.external_identifier,
        stripped=report.stripped,
        suspicions=[
            {"place": each.entity, "sentence": each.message} for each in report.findings if each.rule == SUSPICION
        ],
        wanted=[asdict(each) for each in crate.outputs],
        # Both are told in the result, and a start after its end would keep the result in.
        received_at=document.received_at,
        checked_at=timezone.now(),
    )
    record("run.received", by=document.peer, subject=run)
    return run
