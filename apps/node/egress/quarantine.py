"""Outputs land here: hashed, of a known kind, declared or not at all."""

import tempfile
from pathlib import Path

from django.core.files import File
from django.core.files.storage import storages

from apps.core.audit.act import act, record
from apps.core.errors import WrongState
from apps.core.exchange.service import digest_of
from apps.core.outbox.registry import work
from apps.node.egress.models import EgressRequest, OutputFile, RefusedFile
from apps.node.egress.notices import tell_opened
from apps.node.executors.contract import Collected, Output
from apps.node.runs import jobs
from apps.node.runs.models import Attempt, Run
from apps.node.runs.registry import when_finished
from apps.node.runs.statements import say

KINDS = {
    "text/csv": OutputFile.Kind.TABLE,
    "text/tab-separated-values": OutputFile.Kind.TABLE,
    "text/plain": OutputFile.Kind.TEXT,
    "application/json": OutputFile.Kind.TEXT,
    "image/png": OutputFile.Kind.IMAGE,
    "image/jpeg": OutputFile.Kind.IMAGE,
    "image/svg+xml": OutputFile.Kind.IMAGE,
}


@when_finished
@work("egress.open")
def open_for(run: str) -> None:
    """Bring a succeeded run's outputs into quarantine and open them to the checkers. Safe to repeat."""
    found = Run.objects.get(pk=run)
    if found.state != Run.State.SUCCEEDED or EgressRequest.objects.filter(run=found).exists():
        return
    attempt = Attempt.objects.filter(run=found).exclude(backend_reference="").latest("number")
    with tempfile.TemporaryDirectory(prefix="outputs-") as folder:
        collected = jobs.executor().collect(attempt.backend_reference, Path(folder))
        store(found, collected)


def store(run: Run, collected: Collected) -> None:
    """Write the egress request, its candidate files, and the names of what was refused."""
    declared = {output["name"]: output for output in run.workflow_approval.outputs}
    candidates = [each for each in collected.outputs if each.port in declared]
    kept = [(each, keep(run, each)) for each in candidates]
    with act():
        run = Run.objects.select_for_update().get(pk=run.pk)
        if EgressRequest.objects.filter(run=run).exists():
            return
        egress = EgressRequest.objects.create(
            run=run, tre=run.tre, undeclared=len(collected.outputs) - len(candidates) + len(collected.refused)
        )
        OutputFile.objects.bulk_create(described(egress, each, path, declared[each.port]) for each, path in kept)
        RefusedFile.objects.bulk_create(
            RefusedFile(egress=egress, name=name[:500], why=why[:200]) for name, why in collected.refused
        )
        if all(output.get("title") for output in declared.values()):
            egress.open()
            egress.save()
        record("egress.opened", by="portal", subject=egress, files=len(kept))
        tell_opened(egress)
        say(run, "being_checked")


def keep(run: Run, output: Output) -> str:
    """Copy one file into the quarantine; its name there tells nothing."""
    name = f"{run.tre}/{run.pk}/{output.port}-{output.sha256[:16]}"
    store = storages["quarantine"]
    if not store.exists(name):
        with output.path.open("rb") as stream:
            name = store.save(name, File(stream))
    return name


def described(egress: EgressRequest, output: Output, path: str, declared: dict) -> OutputFile:
    """The row of a candidate, with the names that the workflow gave it."""
    return OutputFile(
        egress=egress,
        port=output.port,
        name=declared["file"],
        title=declared["title"],
        media_type=declared["media_type"],
        kind=KINDS.get(declared["media_type"], OutputFile.Kind.OTHER),
        path=path,
        sha256=output.sha256,
        size=output.size,
    )


def check_bytes(file: OutputFile) -> None:
    """The file is still the one that was looked at. Raises WrongState."""
    with file.open_stored() as stream:
        if digest_of(stream) != (file.sha256, file.size):
            raise WrongState("A file in quarantine is not the one that was checked.")
