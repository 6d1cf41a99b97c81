from django.urls import path

from .views import dictation, operations

urlpatterns = [
    path("", dictation.page, name="dictation"),
    path("models/", dictation.models, name="models"),
    path("status/", operations.status, name="status"),
]
