from django.contrib import admin

from apps.core.panels.models import (
    Condition,
    Decision,
    Meeting,
    Minutes,
    Panel,
    PanelRule,
    Revocation,
    Round,
    Seat,
)
from apps.core.panels.permissions import why_evidence_is_closed
from apps.core.workflow.admin import GovernedAdmin, ReadOnlyAdmin


# An open vote is blind for administrators too: its votes and declarations are read on the round's own page.
class RoundAdmin(GovernedAdmin):
    """A round without what its members said and why."""

    UNTOLD = ("panel.voted", "panel.declared", "panel.correction_asked", "panel.correction_accepted")

    def history_of(self, thing) -> list[dict]:
        return [each for each in super().history_of(thing) if each["verb"] not in self.UNTOLD]


class ConditionAdmin(GovernedAdmin):
    """What was shown of it is closed to who has a conflict of interest, as on its own page."""

    def get_exclude(self, request, obj=None):
        return ["evidence"] if obj is not None and why_evidence_is_closed(request.user, obj) else None


class DecisionAdmin(ReadOnlyAdmin):
    """A decision of a panel on whose side she has a role: its letter is for that side alone."""

    panel = "round__panel"

    def get_queryset(self, request):
        sides = {side for _role, side in request.user.roles()}
        return super().get_queryset(request).filter(**{f"{self.panel}__side__in": sides})


class RevocationAdmin(DecisionAdmin):
    panel = "decision__round__panel"


admin.site.register([PanelRule, Seat, Meeting, Minutes], GovernedAdmin)
admin.site.register(Condition, ConditionAdmin)
admin.site.register(Round, RoundAdmin)
admin.site.register(Panel, ReadOnlyAdmin)
admin.site.register(Decision, DecisionAdmin)
admin.site.register(Revocation, RevocationAdmin)
