"""What the log says of meetings. The public reads that a panel met, by count."""

from django.utils.translation import gettext_lazy as _

from apps.core.audit import triggers
from apps.core.audit.verbs import Audience, register_all

register_all(
    Audience.PUBLIC, [("panel.meeting_held", _("The panel “{panel}” met. Projects it talked about: {number}."))]
)
register_all(
    Audience.PRIVATE,
    [
        ("panel.meeting_planned", _("A meeting of the panel was planned.")),
        ("panel.meeting_moved", _("A meeting of the panel has another time or place.")),
        ("panel.meeting_cancelled", _("A meeting of the panel was cancelled.")),
        ("panel.agenda_changed", _("The agenda of a meeting changed.")),
        ("panel.papers_sent", _("The papers of a meeting went out.")),
        ("panel.attendance_corrected", _("Who came to a meeting was put right.")),
        ("panel.minutes_drafted", _("The minutes of a meeting were drafted.")),
        ("panel.minutes_written", _("The minutes of a meeting were edited.")),
        ("panel.minutes_put", _("The minutes of a meeting were put to the chair.")),
        ("panel.minutes_returned", _("The chair sent the minutes of a meeting back.")),
        ("panel.minutes_agreed", _("The chair agreed the minutes of a meeting.")),
        ("panel.minutes_corrected", _("A correction took the place of agreed minutes. Both are kept.")),
    ],
)
# What the chair has before her, and what she agreed, is never edited: the way back is the draft, or a correction.
triggers.register(
    triggers.Trigger(
        "panels_minutes_stay",
        "panels_minutes",
        "UPDATE",
        "NEW.text <> OLD.text AND OLD.state <> 'draft' OR NEW.number <> OLD.number OR NEW.meeting_id <> OLD.meeting_id",
        "minutes are never edited but as a draft",
    )
)
