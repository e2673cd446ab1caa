from django.urls import path

from apps.hub.transparency import views

urlpatterns = [
    path("", views.front, name="front"),
    path("verify/", views.verify_result, name="verify"),
    path("log/", views.log, name="log"),
]
