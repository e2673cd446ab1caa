"""Every address of the portal. Each role serves only its own side."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.urls import include, path

from apps.core.accounts import orcid
from apps.core.notices.home import home
from apps.core.web import accessibility, crawling, glossary, rules
from apps.core.web.health import health

# One way to sign in: Django's own form has no second factor and no rate limit.
admin.site.login = secure_admin_login(admin.site.login)
admin.site.site_header = admin.site.site_title = "TRE-FX Portal"

urlpatterns = [
    path("health/", login_not_required(health), name="health"),
    path("robots.txt", crawling.robots, name="robots"),
    path("glossary/", glossary.index, name="glossary"),
    path("accessibility/", accessibility.statement, name="accessibility"),
    path("rules/", rules.index, name="rules"),
    path("rules/<str:rule>/", rules.one, name="rule"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/sessions/", include("allauth.usersessions.urls")),
    path("incidents/", include("apps.core.incidents.urls")),
    path("log/", include("apps.core.audit.urls")),
    path("home/", home, name="home"),
    path("lists/", include("apps.core.lists.urls")),
    path("notices/", include("apps.core.notices.urls")),
    path("panels/", include("apps.core.panels.urls")),
    path("", include("apps.core.accounts.urls")),
    path("", include("apps.core.workflow.urls")),
]
if settings.ORCID:
    urlpatterns += [
        path("profile/orcid/", orcid.link, name="link_orcid"),
        path("profile/orcid/answer/", orcid.answer, name="orcid_callback"),
    ]
if settings.HAS_HUB:
    urlpatterns += [
        path("researchers/", include("apps.hub.researchers.urls")),
        path("", include("apps.hub.datasets.urls")),
        path("projects/", include("apps.hub.projects.urls")),
        path("submissions/", include("apps.hub.submissions.urls")),
        path("", include("apps.hub.transparency.urls")),
        path("api/", include("apps.api.urls")),
    ]
if settings.HAS_NODE:
    urlpatterns += [
        path("tre/", include("apps.node.custody.urls")),
        path("runs/", include("apps.node.runs.urls")),
        path("egress/", include("apps.node.egress.urls")),
    ]
