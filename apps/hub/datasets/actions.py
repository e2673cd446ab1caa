import hashlib
import zipfile
from datetime import date
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.audit.act import act, record
from apps.core.crates.findings import Unreadable
from apps.core.crates.graph import DESCRIPTOR, Graph, first_text, ids, parse
from apps.core.crates.limits import Limits
from apps.core.errors import BadInput, WrongState
from apps.core.exchange.service import forget, know
from apps.core.notices import kinds
from apps.core.notices.reminders import today
from apps.core.notices.service import notify
from apps.core.workflow import steps
from apps.core.workflow.models import SignOff, sign
from apps.core.workflow.seen import SeenReasonForm, check_seen
from apps.core.workflow.steps import NothingForm, ReasonForm, step
from apps.hub.datasets import leaving, permissions, samples
from apps.hub.datasets.company import who_hears_of, who_hears_that_it_stays
from apps.hub.datasets.forms import LeavingForm, LeftForm
from apps.hub.datasets.models import Certificate, Dataset, DatasetVersion, Tre, Workflow, WorkflowVersion
from apps.hub.researchers import changes, files


def add_tre(*, by, id=None, name, slug, summary, contact_email, public_key, opt_out="") -> Tre:
    """Describe a TRE that wants to take part."""
    permissions.check_can_describe(by)
    with act():
        given = {"id": id} if id else {}
        facts = {"name": name, "slug": slug, "summary": summary, "contact_email": contact_email, "opt_out": opt_out}
        tre = Tre.objects.create(**given, **facts, public_key=public_key)
        record("tre.drafted", by=by, subject=tre)
    return tre


def say_how_to_opt_out(*, tre: Tre, by, opt_out: str) -> Tre:
    """Change what a TRE says to the public about opting out. The log says that it changed, and keeps the words."""
    with act():
        tre = Tre.objects.select_for_update().get(pk=tre.pk)
        permissions.check_can_describe(by)
        tre.opt_out = opt_out
        tre.save()
        record("tre.opt_out_said", by=by, subject=tre, opt_out=opt_out, **_of_tre(tre))
    return tre


def _move(
    model, thing, by, transition, *, check, verb, told, outcome="", reason="", seen=None, then=None, arguments=None
):
    """The five lines of every step of the catalogue."""
    with act():
        thing = model.objects.select_for_update().get(pk=thing.pk)
        check(by, thing)
        steps.check_state(thing, transition)
        check_seen(thing, seen)
        getattr(thing, transition)(**(arguments or {}))
        thing.save()
        if outcome:
            sign(subject=thing, verb=verb, by=by, outcome=outcome, reason=reason)
        if then:
            then(thing)
        record(verb, by=by, subject=thing, reason=reason, **told(thing))


def _of_tre(tre) -> dict:
    """What the public log is told of a TRE."""
    return {"public": {"tre": tre.name}, "about": {"tre": tre.pk}}


@step(
    Tre,
    label=gettext_lazy("Hand it in"),
    check=permissions.check_can_describe,
    form=NothingForm,
    done=gettext_lazy("Handed in: “%(thing)s”. An accreditation officer looks at it next."),
)
def submit(*, tre, by):
    check = permissions.check_can_describe
    _move(Tre, tre, by, "submit", check=check, verb="tre.submitted", told=_of_tre, arguments={"by": by})


def know_peer(tre: Tre) -> None:
    """From now on the hub takes documents that are signed with this TRE's key."""
    know(side=tre.side, peer=tre.pk, name=tre.name, public_key=tre.public_key)


def have_left(tre: Tre) -> None:
    """Nothing that is signed with its key counts any more. Raises WrongState with what is not done yet."""
    leaving.check_all_done(tre)
    forget(side=tre.side, peer=tre.pk)


def take_part(tre: Tre) -> None:
    """Requests may go to it. Raises WrongState where no certificate of it counts today."""
    if not tre.certificates_in_force(today()):
        raise WrongState(_("No certificate of it counts today. Confirm one first."))
    know_peer(tre)


def _tre_step(
    name,
    label,
    outcome,
    verb,
    *,
    done,
    check=permissions.check_can_accredit,
    form=ReasonForm,
    warning=False,
    then=None,
    hears=who_hears_of,
):
    """A step of the officer on a TRE. `done`: what she reads then; `then`: what is asked, or follows, once it is taken; `hears`:
    who is told of it."""

    def decide(*, tre, by, reason: str):
        with act():
            _move(Tre, tre, by, name, check=check, verb=verb, told=_of_tre, outcome=outcome, reason=reason, then=then)
            if kinds.find(verb):
                notify(verb, to=hears(tre, by), about=tre, tre=tre.name, reason=reason)

    decide.__name__ = name
    return step(Tre, label=label, check=check, form=form, warning=warning, done=done)(decide)


APPROVED, RETURNED, ENDED = SignOff.Outcome.APPROVED, SignOff.Outcome.RETURNED, SignOff.Outcome.ENDED
accredit = _tre_step(
    "accredit",
    gettext_lazy("Accredit"),
    APPROVED,
    "tre.accredited",
    done=gettext_lazy("Accredited: “%(thing)s”. It may be asked from now on."),
    then=take_part,
)
send_back = _tre_step(
    "send_back",
    gettext_lazy("Return with a question"),
    RETURNED,
    "tre.returned",
    done=gettext_lazy("Returned with your question: “%(thing)s”."),
)
suspend = _tre_step(
    "suspend",
    gettext_lazy("Suspend"),
    ENDED,
    "tre.suspended",
    done=gettext_lazy("Suspended: “%(thing)s”. Nothing new is asked of it. Another officer may start it again."),
    warning=True,
)
reinstate = _tre_step(
    "reinstate",
    gettext_lazy("Reinstate"),
    APPROVED,
    "tre.reinstated",
    done=gettext_lazy("Reinstated: “%(thing)s”. It may be asked again."),
    check=permissions.check_can_reinstate,
    then=take_part,
)
announce_leaving = _tre_step(
    "announce_leaving",
    gettext_lazy("Note that it leaves"),
    ENDED,
    "tre.leaving",
    done=gettext_lazy(
        "Noted: “%(thing)s” leaves, and all it concerns are told. Next, a list is ticked off: what is done before it has left."
    ),
    form=LeavingForm,
    warning=True,
)
stay = _tre_step(
    "stay",
    gettext_lazy("Note that it stays after all"),
    APPROVED,
    "tre.stayed",
    done=gettext_lazy("Noted: “%(thing)s” stays. Everybody who was told that it leaves is told."),
    check=permissions.check_can_note_that_it_stays,
    then=leaving.check_can_still_sign,
    hears=who_hears_that_it_stays,
)
leave = _tre_step(
    "leave",
    gettext_lazy("Note that it has left"),
    ENDED,
    "tre.left",
    done=gettext_lazy("Noted: “%(thing)s” has left. Nothing that it signs counts any more."),
    check=permissions.check_can_note_left,
    form=LeftForm,
    warning=True,
    then=have_left,
)


def hand_in_certificate(*, tre: Tre, by, standard: str, issuer: str, number: str, until: date, file) -> Certificate:
    """Enter evidence that a TRE works to a standard until a day. It counts once an officer has confirmed it."""
    permissions.check_can_describe(by)
    stored = files.keep(file, str(tre.pk))
    try:
        with act():
            facts = {"standard": standard, "issuer": issuer, "number": number, "until": until}
            made = Certificate.objects.create(held_by=tre, handed_in_by=by.pk, **facts, **stored)
            record("certificate.handed_in", by=by, subject=made, standard=standard, sha256=made.file_sha256)
    except BaseException:
        files.throw_away(stored["file"])
        raise
    return made


def _of_certificate(certificate) -> dict:
    """What the public log is told of a certificate: the standard and its last day, never the paper."""
    until = date_format(certificate.until, "j F Y")
    public = {"tre": certificate.held_by.name, "standard": certificate.standard, "until": until}
    return {"public": public, "about": {"tre": certificate.held_by_id}}


def _certificate_step(name, label, outcome, verb, *, told=_of_certificate, warning=False):
    def decide(*, certificate, by, reason: str):
        check = permissions.check_can_confirm
        _move(Certificate, certificate, by, name, check=check, verb=verb, told=told, outcome=outcome, reason=reason)

    decide.__name__ = name
    return step(Certificate, label=label, check=permissions.check_can_confirm, warning=warning)(decide)


confirm_certificate = _certificate_step("confirm", gettext_lazy("Confirm"), APPROVED, "certificate.confirmed")
refuse_certificate = _certificate_step(
    "refuse", gettext_lazy("Refuse"), SignOff.Outcome.REFUSED, "certificate.refused", told=lambda certificate: {}
)
end_certificate = _certificate_step(
    "end", gettext_lazy("Note that it no longer counts"), ENDED, "certificate.ended", warning=True
)


def describe_dataset(*, by, tre: Tre, name: str, summary: str) -> Dataset:
    """Describe a dataset of a TRE. Nobody sees its data here, ever."""
    permissions.check_can_describe(by)
    with act():
        dataset = Dataset.objects.create(held_by=tre, name=name, summary=summary, described_by=by.pk)
        record("dataset.drafted", by=by, subject=dataset)
    return dataset


def add_version(
    *, by, dataset: Dataset, label, years_from, years_to, dictionary, sample: File | None = None, **described
) -> DatasetVersion:
    """Add a version, with a sample of invented rows, to a description. Only while it is a draft: what was listed is what
    was signed. `described`: the other fields of DatasetVersion. Raises BadInput for a sample that does not fit the dictionary.
    """
    permissions.check_can_describe(by)
    kept = samples.keep(sample, dictionary) if sample else {}
    with act():
        dataset = Dataset.objects.select_for_update().get(pk=dataset.pk)
        steps.check_state(dataset, "publish")
        version = DatasetVersion.objects.create(
            dataset=dataset,
            label=label,
            years_from=years_from,
            years_to=years_to,
            dictionary=dictionary,
            **described,
            **kept,
        )
        sample_sha256 = version.sample_sha256
        record("dataset.version_added", by=by, subject=dataset, version=version.pk, sample_sha256=sample_sha256)
    return version


def _of_dataset(dataset) -> dict:
    """What the public log is told of a dataset."""
    public = {"dataset": dataset.name, "tre": dataset.held_by.name}
    return {"public": public, "about": {"tre": dataset.held_by_id, "datasets": [str(dataset.pk)]}}


def _dataset_step(name, label, outcome, verb, *, check=permissions.check_can_list, warning=False):
    """A step of the officer on a dataset. A yes is to what she was shown; a no stops it, whatever was added since."""

    def decide(*, dataset, by, reason: str, seen: str | None = None):
        said = {"verb": verb, "told": _of_dataset, "outcome": outcome, "reason": reason, "seen": seen}
        with act():
            _move(Dataset, dataset, by, name, check=check, **said)
            changes.say_changed(changes.DATASET, dataset.pk)

    decide.__name__ = name
    form = SeenReasonForm if outcome == APPROVED else ReasonForm
    return step(Dataset, label=label, check=check, form=form, warning=warning)(decide)


publish = _dataset_step("publish", gettext_lazy("List in the catalogue"), APPROVED, "dataset.listed")
suspend_dataset = _dataset_step("suspend", gettext_lazy("Suspend"), ENDED, "dataset.suspended", warning=True)
reinstate_dataset = _dataset_step(
    "reinstate",
    gettext_lazy("List again"),
    APPROVED,
    "dataset.reinstated",
    check=permissions.check_can_list_again,
)
withdraw = _dataset_step("withdraw", gettext_lazy("Withdraw"), ENDED, "dataset.withdrawn", warning=True)


def check_workflow_crate(path: Path, parameters: list[dict]) -> None:
    """It is a ZIP whose metadata names a workflow that is in it, with just these parameters. Raises BadInput."""
    try:
        with zipfile.ZipFile(path) as archive:
            info = archive.getinfo(DESCRIPTOR)
            if info.file_size > Limits().metadata_bytes:
                raise BadInput(_("The crate's metadata are too large."))
            graph = Graph(parse(archive.read(info), Limits()))
            main = ids(graph.root.get("mainEntity"))
            if len(main) != 1 or main[0] not in archive.namelist():
                raise BadInput(_("The crate does not name its workflow (mainEntity), or does not hold it."))
            check_parameters(graph, graph.get(main[0]), parameters)
    except (zipfile.BadZipFile, KeyError) as problem:
        raise BadInput(_("This is not a workflow crate: a .zip file with ro-crate-metadata.json.")) from problem
    except Unreadable as problem:
        raise BadInput(
            _("The crate's metadata cannot be read: %(why)s") % {"why": problem.finding.message}
        ) from problem


def check_parameters(graph: Graph, workflow: dict, parameters: list[dict]) -> None:
    """The registration says of each FormalParameter of the crate what it is. Raises BadInput."""
    formal = {first_text(each, "name") for each in graph.all(ids(workflow.get("input")))}
    named = {each["name"] for each in parameters}
    if formal and formal != named:
        raise BadInput(
            _("The crate's workflow takes %(crate)s, and the form names %(form)s. Name each of them, once.")
            % {"crate": ", ".join(sorted(formal)), "form": ", ".join(sorted(named))}
        )


def add_workflow_version(*, by, name, summary, label, crate: Path, parameters: list, outputs: list) -> WorkflowVersion:
    """Put a version of a workflow into the catalogue, pinned by the SHA-512 of its crate. Raises BadInput."""
    permissions.check_can_describe(by)
    check_workflow_crate(crate, parameters)
    with crate.open("rb") as stream:
        sha512 = hashlib.file_digest(stream, "sha512").hexdigest()
    if WorkflowVersion.objects.filter(sha512=sha512).exists():
        raise BadInput(_("This very workflow crate is in the catalogue already."))
    with crate.open("rb") as stream:
        stored = storages["crates"].save(f"workflows/{sha512[:32]}.zip", File(stream))
    with act():
        workflow, _made = Workflow.objects.get_or_create(name=name, defaults={"summary": summary})
        pk = uuid4()
        version = WorkflowVersion.objects.create(
            id=pk,
            workflow=workflow,
            label=label,
            identifier=settings.PUBLIC_URL + reverse("datasets:workflow", args=[pk]),
            sha512=sha512,
            crate=stored,
            parameters=parameters,
            outputs=outputs,
            added_by=by.pk,
        )
        record("workflow.added", by=by, subject=version, public={"workflow": name, "version": label}, sha512=sha512)
    return version
