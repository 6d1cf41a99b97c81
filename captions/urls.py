from django.urls import path

from .views import dictation

urlpatterns = [
    path("", dictation.page, name="dictation"),
]
