from django.utils.translation import gettext_lazy as _

from apps.core.audit import triggers
from apps.core.audit.verbs import Audience, register_all
from apps.core.panels import meeting_verbs  # noqa: F401 - the verbs of its meetings are ours too

register_all(
    Audience.PUBLIC,
    [
        ("panel.founded", _("The panel “{panel}” was set up.")),
        ("panel.seat_given", _("The panel “{panel}” has a new seat: {kind}. Two people agreed.")),
        ("panel.seat_ended", _("A seat of the panel “{panel}” ended: {kind}.")),
        ("panel.rule_changed", _("The panel “{panel}” has a new rule. Two people agreed.")),
    ],
)
register_all(
    Audience.PRIVATE,
    [
        ("panel.seat_proposed", _("A seat on the panel was proposed.")),
        ("panel.seat_refused", _("A proposed seat was refused.")),
        ("panel.seat_end_proposed", _("One person proposed to end a seat.")),
        ("panel.seat_kept", _("A second person kept a seat that was to end.")),
        ("panel.rule_proposed", _("A new rule was proposed for the panel.")),
        ("panel.rule_refused", _("A proposed rule was refused.")),
        ("panel.round_opened", _("A vote began.")),
        ("panel.round_void", _("A vote became void: the text was changed.")),
        ("panel.round_closed", _("A vote closed.")),
        ("panel.round_lapsed", _("A vote ended without enough votes.")),
        ("panel.declared", _("A member said whether she has a conflict of interest.")),
        ("panel.correction_asked", _("A member asked to take back a conflict of interest that she declared.")),
        ("panel.correction_accepted", _("A second person agreed that a member has no conflict of interest.")),
        ("panel.absent", _("A member said that she is away.")),
        ("panel.presiding_named", _("Another member presides in the chair's stead.")),
        ("panel.voted", _("A member of the panel voted.")),
        ("panel.decided", _("The chair confirmed what the votes say.")),
        ("panel.revoked", _("A second person took a decision back.")),
        ("condition.set", _("An approval came with a condition.")),
        ("condition.passed_on", _("Whoever leads the project now has a condition to meet.")),
        ("condition.shown", _("It was shown how a condition was met.")),
        ("condition.file_added", _("A file was added that shows how a condition was met.")),
        ("condition.met", _("A condition was met.")),
        ("condition.lacking", _("A condition was found not met yet.")),
        ("condition.overdue", _("The last day of a condition passed.")),
        ("condition.waiver_proposed", _("A member asked that a condition falls away.")),
        ("condition.waived", _("A condition fell away. Two people agreed.")),
        ("condition.withdrawn", _("A condition was withdrawn with its decision.")),
    ],
)
register_all(Audience.AFTER_EMBARGO, [("panel.dissent", _("{who} did not agree on “{project}”: {words}"))])
for table in (
    *("dissent", "roundseat", "declaration", "correction", "absence", "vote", "decision", "revocation", "evidencefile"),
):
    triggers.append_only(f"panels_{table}")
# A rule's numbers are never edited: a change is a new row.
NUMBERS = (
    *("quorum", "least_lay", "least_organisations", "lay_populations", "majority", "chair_breaks_ties"),
    *("same_organisation_bars", "chair_decides_small", "voting_days", "appeal_days", "panel_id"),
)
changed = " OR ".join(f"NEW.{name} <> OLD.{name}" for name in NUMBERS)
triggers.register(
    triggers.Trigger("panels_panelrule_stays", "panels_panelrule", "UPDATE", changed, "a rule is never edited")
)
