from django.contrib import admin

from apps.core.workflow.admin import GovernedAdmin
from apps.node.egress.models import EgressRequest

admin.site.register(EgressRequest, GovernedAdmin)
