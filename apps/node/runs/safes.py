"""The five safes of a run, computed: asked at receipt, at sign-off, at dispatch and at release."""

import csv
import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.workflow.models import SignOff, latest_sign_off
from apps.node.custody.applications import why_not_approved
from apps.node.custody.lapses import at_the_hub, lapsed
from apps.node.custody.models import DataGrant, DatasetLocation, Decided, MemberAcceptance, ProjectAcceptance
from apps.node.runs.models import Run, StandingUse
from apps.node.runs.registry import verdict_on_outputs

IN_ADVANCE = "run.signed_off_in_advance"


def is_in_advance(run: Run) -> bool:
    """True where the sign-off that a run has now is a standing one."""
    signed = latest_sign_off(run)
    return signed is not None and signed.verb == IN_ADVANCE


@dataclass(frozen=True)
class Verdict:
    """One safe: whether it holds, a sentence, and the evidence: what, who signed, when, until when."""

    safe: str
    question: str
    passed: bool
    sentence: str
    evidence: str = ""
    signed_by: str = ""
    at: datetime | None = None
    until: date | None = None


def earliest_end(things, signed: list[SignOff]) -> date | None:
    """The first day that ends one of them: a sign-off's own, or what the thing rests on, such as her training."""
    days = [each.until for each in signed] + [thing.lapses() for thing in things if isinstance(thing, Decided)]
    return min(filter(None, days), default=None)


def verdict(safe, question, things, missing, sentence) -> Verdict:
    """A verdict over records: it holds where nothing is missing; the newest sign-off is shown."""
    signed = [each for each in (latest_sign_off(thing) for thing in things) if each]
    last: SignOff | None = max(signed, key=lambda each: each.at, default=None)
    return Verdict(
        safe=safe,
        question=question,
        passed=not missing,
        sentence=missing or sentence,
        evidence=", ".join(str(thing) for thing in things),
        signed_by=str(last.by) if last and last.by else "",
        at=last.at if last else None,
        until=earliest_end(things, signed) if last else None,
    )


def projects(run: Run, at: datetime) -> Verdict:
    thing = ProjectAcceptance.objects.for_tre(run).filter(project=run.project).first()
    missing = thing.why_not(at) if thing else _("This project was never put before us.")
    missing = joined(missing, why_not_approved(run), told_of(run, "project", [str(run.project)]))
    return verdict(
        _("Projects"),
        _("Is this use of the data right?"),
        [thing] if thing else [],
        missing,
        _("The project is approved, and accepted here."),
    )


def people(run: Run, at: datetime) -> Verdict:
    members = MemberAcceptance.objects.for_tre(run).filter(project=run.project)
    thing = members.filter(member=run.requester["id"]).first()
    missing = thing.why_not(at) if thing else _("This person was never put before us.")
    missing = joined(missing, told_of(run, "people", [run.requester["id"]]))
    return verdict(
        _("People"),
        _("Can this person be trusted?"),
        [thing] if thing else [],
        missing,
        _("The researcher is accredited, and accepted here."),
    )


def data(run: Run, at: datetime) -> Verdict:
    wanted = {each["version"]: each["name"] for each in run.datasets.values()}
    grants = list(DataGrant.objects.for_tre(run).filter(project=run.project, dataset_version__in=wanted))
    missing = [why for why in (grant.why_not(at) for grant in grants) if why]
    granted = {str(grant.dataset_version) for grant in grants}
    missing += [_("The use of %(name)s was never asked for.") % {"name": wanted[pk]} for pk in set(wanted) - granted]
    missing += [why for why in (grant.why_not_for(run.workflow_approval.identifier) for grant in grants) if why]
    missing += [why for why in (why_unreachable(run, pk, name) for pk, name in wanted.items()) if why]
    missing += [why for why in (why_too_much(run, grant) for grant in grants) if why]
    return verdict(
        _("Data"),
        _("May this project use these data?"),
        grants,
        joined(*missing, told_of(run, "datasets", list(wanted))),
        _("The custodian granted this use, and the data are as they were."),
    )


def joined(*sentences: str) -> str:
    """The sentences that say something, one after the other."""
    return " ".join(filter(None, sentences))


def told_of(run: Run, kind: str, keys: list[str]) -> str:
    """What the hub says that it no longer stands behind, as sentences; empty where it said nothing."""
    told = lapsed(run, run.project)[kind]
    return " ".join(at_the_hub(told[key]) for key in keys if key in told)


def told_lapses(run: Run) -> str:
    """Everything that the hub no longer stands behind and that this run relies on, as sentences."""
    versions = [each["version"] for each in run.datasets.values()]
    asked = {"project": [str(run.project)], "people": [run.requester["id"]], "datasets": versions}
    return joined(*(told_of(run, kind, keys) for kind, keys in asked.items()))


def why_unreachable(run: Run, version: str, name: str) -> str:
    """Why a dataset cannot be used as it was located; empty where it can."""
    location = location_of(run, version)
    if location is None:
        return _("Nobody has said where %(name)s lies.") % {"name": name}
    path = Path(location.path)
    if not path.is_file():
        return _("%(name)s is not where it was.") % {"name": name}
    with path.open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != location.sha256:
            return _("%(name)s has been changed since it was located.") % {"name": name}
    return ""


def location_of(run: Run, version: str) -> DatasetLocation | None:
    """Where a dataset version lies for this run: its project's own extract before what lies there for all."""
    rows = DatasetLocation.objects.for_tre(run).filter(
        Q(project=run.project) | Q(project=None), dataset_version=version
    )
    return rows.order_by(F("project").asc(nulls_last=True)).first()


def why_too_much(run: Run, grant: DataGrant) -> str:
    """Why the file holds more than was granted; empty where it does not. A grant that is no narrower than what the panel
    approved goes with the version as it lies."""
    location = location_of(run, str(grant.dataset_version))
    if not grant.is_narrower or location is None or not Path(location.path).is_file():
        return ""
    with Path(location.path).open(encoding="utf-8", errors="replace", newline="") as stream:
        columns = next(csv.reader(stream), [])
    more = sorted(set(columns) - set(grant.variables))
    if more:
        told = {"name": grant.dataset_name, "columns": ", ".join(each[:40] for each in more[:20])}
        return _("%(name)s holds more than was granted: %(columns)s. It needs an extract for this project.") % told
    return ""


def settings(run: Run, at: datetime) -> Verdict:
    approval = run.workflow_approval
    missing = approval.why_not(at)
    signed = latest_sign_off(run)
    things = [approval]
    if run.state not in (Run.State.AWAITING_SIGN_OFF, Run.State.RETURNED):
        things.append(run)
        if not missing and (signed is None or not signed.in_force(at) or not signed.binds(run)):
            missing = _("This run is not signed off as it is now.")
    safe, question = _("Settings"), _("Is this a safe place to run it?")
    found = verdict(safe, question, things, missing, _("The workflow is approved here."))
    if signed is not None and signed.verb == IN_ADVANCE and run in things:
        use = StandingUse.objects.select_related("standing__proposed_by", "standing__confirmed_by").get(run=run)
        names = {"first": use.standing.proposed_by, "second": use.standing.confirmed_by}
        told = _("The workflow is approved here. Two people signed such runs off in advance: %(use)s.") % {"use": use}
        both = _("%(first)s and %(second)s") % names
        found = replace(found, sentence=missing or told, signed_by=both, until=use.standing.until)
    return found


def five_safes(run: Run, at: datetime | None = None) -> list[Verdict]:
    """The five verdicts, now or at another moment."""
    at = at or timezone.now()
    return [projects(run, at), people(run, at), data(run, at), settings(run, at), verdict_on_outputs(run)]


def missing(run: Run, at: datetime | None = None) -> str:
    """What keeps this run from going on, as sentences; empty where nothing does. Outputs are judged when they are there."""
    return " ".join(each.sentence for each in five_safes(run, at)[:4] if not each.passed)
