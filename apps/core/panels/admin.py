from django.contrib import admin

from apps.core.panels.models import Panel, Seat, Vote
from apps.core.workflow.admin import ReadOnlyAdmin

admin.site.register([Panel, Seat, Vote], ReadOnlyAdmin)
