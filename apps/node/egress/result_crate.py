"""The result crate: the request, what was decided, and what was released. Nothing else."""

import json
import tempfile
from contextlib import ExitStack
from functools import partial
from io import BytesIO
from pathlib import Path

from django.core.files import File
from django.core.files.storage import storages
from django.utils import timezone

from apps.core.audit.models import Opening
from apps.core.audit.receipts import receipts_for
from apps.core.crates import package, record
from apps.core.crates.check import check, read
from apps.core.crates.graph import Graph
from apps.core.crates.limits import Limits
from apps.core.crates.write import write_bag
from apps.core.exchange.keys import sign_bytes
from apps.core.workflow.models import latest_sign_off, sign_offs
from apps.node.custody.models import AgreementPolicy
from apps.node.egress.models import EgressRequest, OutputFile
from apps.node.egress.outcome import checkers, may_leave, votes_of_round
from apps.node.runs.models import Run
from apps.node.runs.receipt import limits, local_copy
from apps.node.runs.safes import IN_ADVANCE

DECISIONS = ("run.received", "run.signed_off", IN_ADVANCE, "egress.reviewed", "egress.approved")


class BadResult(Exception):
    """The crate that we wrote does not pass our own check: our fault, never released."""


def build(egress: EgressRequest) -> str:
    """Write the result crate of an approved egress request; its name in the storage "releases". Raises BadResult."""
    with tempfile.TemporaryDirectory(prefix="result-") as folder:
        path = Path(folder) / "result.zip"
        with local_copy("offers", egress.run.crate) as request:
            write(egress, request, path)
        report = check(path, phase="result", limits=limits())
        if report.errors:
            raise BadResult("; ".join(f"{each.rule} {each.message}" for each in report.errors))
        with path.open("rb") as stream:
            return storages["releases"].save(f"{egress.tre}/{egress.pk}.zip", File(stream))


def write(egress: EgressRequest, request: Path, destination: Path) -> None:
    """The bag: the request's own payload, the released files, the whole story, signed with the TRE's key."""
    crate = read(request)
    files = list(egress.files.all())
    votes = votes_of_round(egress)
    leaving = [file for file in files if may_leave(file, votes)]
    document = story(egress, crate.document, files, leaving)
    with ExitStack() as stack:
        bag = package.open_bag(request, Limits())
        stack.enter_context(bag.archive)
        ours = ("ro-crate-metadata.json", record.RECEIPTS, "outputs/")
        own = [path for path in bag.payload() if not path.startswith(ours)]
        payload = [(path, partial(bag.open, f"data/{path}")) for path in own]
        payload += [(f"outputs/{file.name}", file.open_stored) for file in leaving]
        payload.append((record.RECEIPTS, partial(BytesIO, json.dumps(receipts_of(egress), indent=1).encode())))
        write_bag(
            destination,
            top="result",
            metadata=document,
            payload=payload,
            external_identifier=egress.run.external_identifier,
            sign=partial(sign_bytes, egress.tre),
        )


def story(egress: EgressRequest, document: dict, files: list[OutputFile], leaving: list[OutputFile]) -> dict:
    """Every phase, as the profile writes it; people by opaque ids, times as they were."""
    run, policy = egress.run, AgreementPolicy.objects.get(pk=egress.tre)
    publisher = record.Agent(f"{policy.address}", policy.tre_name, "Organization", url=policy.address)
    portal = record.Agent(
        f"{policy.address}#crate-portal", f"Crate portal at {policy.tre_name}", "SoftwareApplication", publisher
    )
    checked = run.checked_at
    received = {"agent": portal, "started": run.received_at, "ended": checked}
    record.record_check_value(document, identifier=f"#check-{run.pk}", **received)
    record.record_validation(document, identifier=f"#validate-{run.pk}", **received)
    record.record_download(
        document,
        identifier=f"#download-{run.pk}",
        name="Workflow RO-Crate received with the offer, and compared with the approved one",
        distribution=distribution(document),
        **received,
    )
    record_sign_off(document, run, policy)
    named = {file.port: file for file in files}
    released = {file.port for file in leaving}
    outputs = [
        record.Output(each["file"], f"outputs/{each['file']}", each["media_type"])
        if each["name"] in released
        else record.Output(each["file"])
        for each in run.workflow_approval.outputs
        if each["name"] in named
    ]
    record.record_run(
        document, started=run.started_at, ended=run.ended_at, passed=True, outputs=outputs if leaving else ()
    )
    record_disclosure(document, egress, passed=bool(leaving), part=0 < len(leaving) < len(files))
    if not leaving:
        record.remove_run(document)
    record.record_receipts(document)
    record.record_publication(
        document,
        publisher=publisher,
        licence=policy.licence,
        licence_name=policy.licence_name,
        at=timezone.now(),
        identifier=f"#bagit-{egress.pk}",
        agent=portal,
    )
    return document


def receipts_of(egress: EgressRequest) -> dict:
    """Proofs that the decisions behind this result are in the TRE's log: what was decided and when, never by whom."""
    about = Opening.objects.filter(subject_id__in=[egress.run_id, egress.pk], verb__in=DECISIONS)
    sequences = list(about.order_by("event__sequence").values_list("event__sequence", flat=True))
    return receipts_for(egress.tre, sequences, shows=lambda field: field in ("verb", "at", "subject"))


def distribution(document: dict) -> str:
    """The address of the workflow crate, as the request names it."""
    workflow = Graph(document).workflow
    return workflow["distribution"]["@id"] if "distribution" in workflow else workflow["@id"]


def record_sign_off(document: dict, run: Run, policy: AgreementPolicy) -> None:
    """The run approver's yes; the yes of both where two of them said it in advance."""
    last = latest_sign_off(run)
    signed = sign_offs(run).filter(verb=last.verb).order_by("at") if last.verb == IN_ADVANCE else [last]
    for each in signed:
        record.record_sign_off(
            document,
            identifier=f"#signoff-{each.pk}",
            agent=record.Agent(f"urn:uuid:{each.by_id}", "Run approver"),
            policy=f"{policy.address}#agreement-policy",
            policy_name=policy.name,
            started=run.received_at,
            ended=each.at,
            passed=True,
        )


def record_disclosure(document: dict, egress: EgressRequest, *, passed: bool, part: bool) -> None:
    """One check for each checker, at the time when her votes were in."""
    votes = votes_of_round(egress)
    for number, checker in enumerate(checkers(votes), start=1):
        ended = max(vote.at for vote in votes if vote.checker_id == checker.pk)
        record.record_disclosure(
            document,
            identifier=f"#disclosure-{egress.pk}-{number}",
            agent=record.Agent(f"urn:uuid:{checker.pk}", f"Output checker {number}"),
            started=egress.created_at,
            ended=ended,
            passed=passed,
            part=part,
        )
