"""What the hub knows of the five safes of a request. The TRE knows more, and decides."""

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.core.workflow.models import latest_sign_off
from apps.hub.researchers.queries import accreditation_of

DECIDED_INSIDE = ("queued", "running", "finished", "being_checked", "released", "partly_released", "withheld", "failed")
OUTPUTS_DECIDED = ("released", "partly_released", "withheld")


def board(request) -> list[dict]:
    """Five rows {safe, question, passed, sentence, at, until}, from the hub's records and the TRE's words."""
    now = timezone.now()
    project = request.submission.project
    decided = latest_sign_off(project)
    project_missing = project.why_not(now)
    accreditation = accreditation_of(request.submission.by)
    people_missing = accreditation.why_not(now) if accreditation else _("There is no accreditation.")
    inside = request.state in DECIDED_INSIDE
    outside = _("%(tre)s has not decided yet.") % {"tre": request.tre}
    agreed = _("%(tre)s agreed.") % {"tre": request.tre}
    done = request.state in OUTPUTS_DECIDED
    return [
        row(
            _("Projects"),
            _("Is this use of the data right?"),
            not project_missing,
            project_missing or _("The panel approved the project."),
            decided,
        ),
        row(
            _("People"),
            _("Can this person be trusted?"),
            not people_missing,
            people_missing or _("The researcher is accredited."),
            accreditation and latest_sign_off(accreditation),
        ),
        row(_("Data"), _("May this project use these data?"), inside, agreed if inside else outside),
        row(_("Settings"), _("Is this a safe place to run it?"), inside, agreed if inside else outside),
        row(
            _("Outputs"),
            _("Could the results point to anyone?"),
            done,
            _("Two people at %(tre)s checked the results.") % {"tre": request.tre}
            if done
            else _("Two people at %(tre)s will check what comes out.") % {"tre": request.tre},
        ),
    ]


def row(safe, question, passed, sentence, sign_off=None) -> dict:
    """One row of the board."""
    at, until = (sign_off.at, sign_off.until) if sign_off else (None, None)
    return {"safe": safe, "question": question, "passed": passed, "sentence": sentence, "at": at, "until": until}
