from django.urls import path

from apps.hub.datasets import views

app_name = "datasets"
urlpatterns = [
    path("catalogue/", views.index, name="list"),
    path("catalogue/tres/new/", views.new_tre, name="new_tre"),
    path("catalogue/tres/<uuid:pk>/opt-out/", views.opt_out, name="opt_out"),
    path("catalogue/tres/<uuid:pk>/leaving/", views.leaving, name="leaving"),
    path("catalogue/tres/<uuid:pk>/certificates/new/", views.new_certificate, name="new_certificate"),
    path("catalogue/certificates/<uuid:pk>/", views.certificate, name="certificate"),
    path("catalogue/certificates/<uuid:pk>/file/", views.certificate_file, name="certificate_file"),
    path("catalogue/tres/<uuid:pk>/datasets/new/", views.new_dataset, name="new_dataset"),
    path("catalogue/datasets/<uuid:pk>/versions/new/", views.new_version, name="new_version"),
    path("workflows/new/", views.new_workflow, name="new_workflow"),
    path("catalogue/tres/<uuid:pk>/", views.tre, name="tre"),
    path("catalogue/datasets/<uuid:pk>/", views.dataset, name="dataset"),
    path("catalogue/versions/<uuid:pk>/sample.csv", views.sample, name="sample"),
    path("workflows/<uuid:pk>/", views.workflow, name="workflow"),
    path("workflows/<uuid:pk>/crate.zip", views.workflow_crate, name="workflow_crate"),
]
