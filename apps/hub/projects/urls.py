from django.urls import path

from apps.hub.projects import views

app_name = "projects"
urlpatterns = [
    path("", views.index, name="list"),
    path("new/", views.new, name="new"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("<uuid:pk>/change/", views.amend, name="amend"),
    path("<uuid:pk>/texts/new/", views.propose_text, name="propose_text"),
    path("texts/<uuid:pk>/", views.text, name="text"),
    path("<uuid:pk>/members/new/", views.propose_member, name="propose_member"),
]
