from django.utils.translation import gettext_lazy as _

from apps.core.audit import triggers
from apps.core.audit.verbs import Audience, register_all

register_all(
    Audience.PRIVATE,
    [
        ("project.drafted", _("An application for a project was begun.")),
        ("project.vote_again", _("A new vote began on an application.")),
        ("project.dropped", _("An application was taken back before it was handed in.")),
        ("project.amended", _("An application for a project was changed.")),
        ("comment.made", _("The panel asked about an answer of an application.")),
        ("comment.answered", _("A question of the panel was answered.")),
        ("comment.resolved", _("A question of the panel was settled.")),
        ("comment.reopened", _("A question of the panel was asked again.")),
        ("amendment.drafted", _("A change of a project was written down.")),
        ("amendment.vote_again", _("A new vote began on a change of a project.")),
        ("amendment.lead_agreed", _("A member agreed to lead a project.")),
        ("amendment.withdrawn", _("A change of a project was taken back.")),
        ("text.proposed", _("A text for the public was written.")),
        ("text.returned", _("A text for the public went back with a question.")),
        ("project.decisions_heard", _("A secure data centre said what it decided on a project.")),
        ("membership.proposed", _("A person was proposed for a project.")),
        ("membership.agreed", _("A person said that she is in the team of a project.")),
    ],
)
register_all(
    Audience.AFTER_EMBARGO,
    [
        ("project.submitted", _("The project “{project}” was handed in.")),
        ("project.taken_up", _("The panel took up the project “{project}”.")),
        ("project.approved", _("The panel approved the project “{project}”.")),
        ("project.returned", _("The panel returned the project “{project}” with a question.")),
        ("project.rejected", _("The panel rejected the project “{project}”.")),
        ("project.appealed", _("The decision on the project “{project}” was appealed.")),
        ("project.safeguarded", _("An adviser for children and vulnerable groups signed “{project}”.")),
        ("project.appeal_heard", _("Other people hear the appeal on “{project}”.")),
        ("project.decision_revoked", _("A decision on “{project}” was a mistake. A second person took it back.")),
        ("project.suspended", _("The project “{project}” was suspended.")),
        ("project.reinstated", _("The project “{project}” was reinstated.")),
        ("project.expired", _("The project “{project}” ran out.")),
        ("project.outcome_due", _("The project “{project}” was asked what it found.")),
        ("project.closed", _("The project “{project}” was closed.")),
        ("project.withdrawn", _("The project “{project}” was withdrawn.")),
        ("amendment.submitted", _("A change of the project “{project}” was asked for.")),
        ("amendment.safeguarded", _("An adviser for children and vulnerable groups signed a change of “{project}”.")),
        ("amendment.approved", _("The panel agreed to a change of the project “{project}”.")),
        ("amendment.rejected", _("The panel did not agree to a change of the project “{project}”.")),
        ("text.published", _("A text about the project “{project}” was published.")),
        ("text.corrected", _("A text about the project “{project}” was corrected.")),
        ("membership.approved", _("A researcher joined the project “{project}”.")),
        ("membership.refused", _("A researcher was not let join the project “{project}”.")),
        ("membership.ended", _("A researcher left the project “{project}”.")),
    ],
)
triggers.append_only("projects_projectversion")
