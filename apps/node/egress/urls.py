from django.urls import path

from apps.node.egress import views

app_name = "egress"
urlpatterns = [
    path("", views.index, name="list"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("files/<uuid:pk>/", views.show, name="show"),
    path("files/<uuid:pk>/image", views.image, name="image"),
]
