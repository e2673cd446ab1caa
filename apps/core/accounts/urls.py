from django.urls import path

from apps.core.accounts import views

urlpatterns = [path("home/", views.home, name="home")]
