"""What is new in a workflow version beside the version that this TRE approved last."""

import hashlib
import zipfile
from dataclasses import dataclass

from django.core.files.storage import storages
from django.utils.translation import gettext as _

from apps.core.workflow.models import SignOff
from apps.node.custody.models import WorkflowApproval

CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Difference:
    """The version that was approved last, and each difference as a sentence; none where nothing differs."""

    before: WorkflowApproval
    sentences: list[str]


def difference_of(approval: WorkflowApproval) -> Difference | None:
    """Beside the version of the same name that was approved last before this one; None where there is no such version."""
    alike = WorkflowApproval.objects.for_tre(approval).filter(name=approval.name).exclude(pk=approval.pk)
    signed = SignOff.objects.filter(subject_id__in=alike.values("pk"), outcome=SignOff.Outcome.APPROVED).order_by("-at")
    own = SignOff.objects.filter(subject_id=approval.pk, outcome=SignOff.Outcome.APPROVED).order_by("-at").first()
    last = (signed.filter(at__lt=own.at) if own else signed).first()
    if last is None:
        return None
    before = alike.get(pk=last.subject_id)
    found = of_rows(_("What it asks for"), before.parameters, approval.parameters)
    found += of_rows(_("What it puts out"), before.outputs, approval.outputs)
    return Difference(before, found + of_files(before.crate, approval.crate))


def of_rows(what: str, before: list[dict], now: list[dict]) -> list[str]:
    """How two lists of parameters or outputs differ, by name."""
    return compared(what, {each["name"]: each for each in before}, {each["name"]: each for each in now})


def of_files(before: str, now: str) -> list[str]:
    """How the files of two stored crates differ, by checksum."""
    return compared(_("Files"), digests(before), digests(now))


def compared(what: str, before: dict, now: dict) -> list[str]:
    """A sentence for each name that is new, gone or changed."""
    told = [(name, _("%(what)s: “%(name)s” is new.")) for name in now.keys() - before.keys()]
    told += [(name, _("%(what)s: “%(name)s” is gone.")) for name in before.keys() - now.keys()]
    both = now.keys() & before.keys()
    told += [(name, _("%(what)s: “%(name)s” is changed.")) for name in both if now[name] != before[name]]
    return [sentence % {"what": what, "name": name} for name, sentence in sorted(told)]


def digests(crate: str) -> dict[str, str]:
    """{file: SHA-256} of a stored crate, read piece by piece; empty where it cannot be read."""
    found = {}
    try:
        with storages["offers"].open(crate) as stream, zipfile.ZipFile(stream) as archive:
            for name in archive.namelist():
                digest = hashlib.sha256()
                with archive.open(name) as file:
                    while chunk := file.read(CHUNK):
                        digest.update(chunk)
                found[name] = digest.hexdigest()
    except (OSError, zipfile.BadZipFile):
        return {}
    return found
