from django.urls import path

from .views import account, dictation, downloads, library, operations

urlpatterns = [
    path("", dictation.page, name="dictation"),
    path("models/", dictation.models, name="models"),
    path("sessions/", library.history, name="history"),
    path("sessions/<uuid:pk>/", library.session, name="session"),
    path("sessions/<uuid:pk>/rename/", library.rename, name="session-rename"),
    path("sessions/<uuid:pk>/delete/", library.delete, name="session-delete"),
    path("sessions/<uuid:pk>/export/", downloads.options, name="session-export-options"),
    path("sessions/<uuid:pk>/export.<str:name>", downloads.export, name="session-export"),
    path("settings/dictation/", account.dictation_settings, name="dictation-settings"),
    path("status/", operations.status, name="status"),
]
