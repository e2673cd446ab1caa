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
from apps.core.workflow.admin import GovernedAdmin, ReadOnlyAdmin


# An open vote is blind for administrators too: its votes and declarations are read on the round's own page.
class RoundAdmin(GovernedAdmin):
    """A round without what its members said and why."""

    UNTOLD = ("panel.voted", "panel.declared", "panel.correction_asked", "panel.correction_accepted")

    def history_of(self, thing) -> list[dict]:
        return [each for each in super().history_of(thing) if each["verb"] not in self.UNTOLD]


class DecisionAdmin(ReadOnlyAdmin):
    """A decision of a panel on whose side she has a role: its letter is for that side alone."""

    panel = "round__panel"

    def get_queryset(self, request):
        sides = {side for _role, side in request.user.roles()}
        return super().get_queryset(request).filter(**{f"{self.panel}__side__in": sides})


class RevocationAdmin(DecisionAdmin):
    panel = "decision__round__panel"


admin.site.register([PanelRule, Seat, Condition, Meeting, Minutes], GovernedAdmin)
admin.site.register(Round, RoundAdmin)
admin.site.register(Panel, ReadOnlyAdmin)
admin.site.register(Decision, DecisionAdmin)
admin.site.register(Revocation, RevocationAdmin)
