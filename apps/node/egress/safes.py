from django.utils.translation import gettext as _

from apps.node.egress.models import EgressRequest
from apps.node.egress.outcome import checkers, votes_of_round
from apps.node.runs.registry import outputs_verdict
from apps.node.runs.safes import Verdict

DECIDED = ("released", "partly_released", "withheld")


@outputs_verdict
def outputs(run) -> Verdict:
    """Safe Outputs: two checkers decided on every file, and one of them let out what both approved."""
    egress = EgressRequest.objects.filter(run=run).select_related("released_by").first()
    safe, question = _("Outputs"), _("Could the results point to anyone?")
    if egress is None:
        return Verdict(safe, question, False, _("Two people will check what comes out."))
    if egress.state not in DECIDED:
        there = len(checkers(votes_of_round(egress)))
        return Verdict(safe, question, False, _("%(number)s of 2 checkers have decided.") % {"number": there})
    return Verdict(
        safe,
        question,
        True,
        _("Two people checked every file: %(state)s.") % {"state": egress.get_state_display()},
        evidence=str(egress),
        signed_by=str(egress.released_by),
        at=egress.approved_at,
    )
