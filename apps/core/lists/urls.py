from django.urls import path

from apps.core.lists import views

app_name = "lists"
urlpatterns = [
    path("<slug:key>/save/", views.save, name="save"),
    path("<uuid:pk>/remove/", views.remove, name="remove"),
]
