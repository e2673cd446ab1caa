from django.contrib import admin

from apps.core.panels.models import (
    Condition,
    Decision,
    Panel,
    PanelRule,
    Revocation,
    Round,
    Seat,
)
from apps.core.workflow.admin import GovernedAdmin, ReadOnlyAdmin

# An open vote is blind for administrators too: its votes and declarations are read on the round's own page.
admin.site.register([PanelRule, Seat, Round, Condition], GovernedAdmin)
admin.site.register([Panel, Decision, Revocation], ReadOnlyAdmin)
