from django.urls import path

from apps.hub.researchers import views

app_name = "researchers"
urlpatterns = [
    path("", views.index, name="list"),
    path("new/", views.new, name="new"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("<uuid:pk>/change/", views.amend, name="amend"),
]
