from django.urls import path

from apps.api import views

app_name = "api"
urlpatterns = [path("crates/check/", views.check_crate, name="check_crate")]
