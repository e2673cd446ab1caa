from django.urls import path

from apps.hub.projects import amendment_views, application_views, views

app_name = "projects"
urlpatterns = [
    path("", views.index, name="list"),
    path("new/", application_views.new, name="new"),
    path("accepted/", views.places, name="places"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("<uuid:pk>/application/", application_views.application, name="application"),
    path("<uuid:pk>/application/preview/", application_views.preview, name="preview"),
    path("<uuid:pk>/application/papers/new/", application_views.add_paper, name="add_paper"),
    path("<uuid:pk>/application/<slug:key>/", application_views.section, name="section"),
    path("<uuid:pk>/versions/<int:number>/", application_views.version, name="version"),
    path("<uuid:pk>/comments/", application_views.comments, name="comments"),
    path("<uuid:pk>/comments/new/", application_views.comment, name="comment"),
    path("<uuid:pk>/amendments/new/", amendment_views.amend, name="amend"),
    path("<uuid:pk>/amendments/new/<slug:kind>/", amendment_views.new_amendment, name="new_amendment"),
    path("amendments/<uuid:pk>/", amendment_views.amendment, name="amendment"),
    path("papers/<uuid:pk>/", application_views.paper, name="paper"),
    path("papers/<uuid:pk>/remove/", application_views.remove_paper, name="remove_paper"),
    path("<uuid:pk>/texts/new/", views.propose_text, name="propose_text"),
    path("<uuid:pk>/outcome/new/", views.propose_text, {"kind": "outcome"}, name="propose_outcome"),
    path("texts/<uuid:pk>/", views.text, name="text"),
    path("<uuid:pk>/members/new/", views.propose_member, name="propose_member"),
]
