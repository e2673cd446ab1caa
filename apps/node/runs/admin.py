from django.contrib import admin

from apps.core.workflow.admin import GovernedAdmin
from apps.node.runs.models import Run

admin.site.register(Run, GovernedAdmin)
