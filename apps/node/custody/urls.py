from django.urls import path

from apps.node.custody import views

app_name = "custody"
urlpatterns = [
    path("", views.index, name="list"),
    path("reliance/new/", views.rely, name="rely"),
    path("panel/new/", views.set_up_panel, name="set_up_panel"),
    path("policy/", views.keep_policy, name="policy"),
    path("locations/new/", views.locate, name="locate"),
] + [
    path(f"{kind}/<uuid:pk>/", views.detail_of(each.model), name=each.model._meta.model_name)
    for kind, each in views.KINDS.items()
]
