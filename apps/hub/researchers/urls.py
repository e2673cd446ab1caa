from django.urls import path

from apps.hub.researchers import rule_views, views

app_name = "researchers"
urlpatterns = [
    path("", views.index, name="list"),
    path("new/", views.new, name="new"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("<uuid:pk>/change/", views.amend, name="amend"),
    path("evidence/<uuid:pk>/", views.evidence, name="evidence"),
    path("sponsor/<str:token>/", views.attest, name="attest"),
    path("rules/", rule_views.rules, name="rules"),
    path("agreement/", rule_views.agreement, name="agreement"),
    path("agreement/new/", rule_views.new_agreement, name="new_agreement"),
    path("organisations/", rule_views.organisations, name="organisations"),
    path("organisations/new/", rule_views.organisation, name="new_organisation"),
    path("organisations/<uuid:pk>/", rule_views.organisation, name="organisation"),
    path("rules/new/", rule_views.requirement, name="new_requirement"),
    path("rules/<uuid:pk>/", rule_views.requirement, name="requirement"),
]
