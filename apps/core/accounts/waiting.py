from django.utils.translation import gettext_lazy as _

from apps.core.workflow import navigation
from apps.core.workflow.waiting import first_step

navigation.register(_("People"), "people", shown_to=lambda user: user.is_staff, order=80)
first_step(_("see who has a role here, or invite somebody"), "people", shown_to=lambda user: user.is_staff, order=80)
