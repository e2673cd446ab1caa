from django.utils.translation import gettext_lazy as _

from apps.core.workflow import navigation

navigation.register(_("Public log"), "log", shown_to=lambda user: True, order=90)
