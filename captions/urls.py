from django.urls import path

from .views import (
    account,
    corrections,
    dictation,
    downloads,
    library,
    notes,
    operations,
    transcript,
    transcript_versions,
)

urlpatterns = [
    path("", dictation.page, name="dictation"),
    path("models/", dictation.models, name="models"),
    path("sessions/", library.history, name="history"),
    path("sessions/<uuid:pk>/", transcript.session, name="session"),
    path("sessions/<uuid:pk>/rename/", transcript.rename, name="session-rename"),
    path("sessions/<uuid:pk>/unsure/", transcript.unsure_words, name="session-unsure"),
    path("sessions/<uuid:pk>/versions/", transcript_versions.of_session, name="session-versions"),
    path("sessions/<uuid:pk>/replace/", corrections.replace, name="session-replace"),
    path("sessions/<uuid:pk>/changes/<uuid:change>/undo/", corrections.undo_change, name="change-undo"),
    path("sessions/<uuid:pk>/utterances/<int:seq>/", corrections.utterance, name="utterance"),
    path("sessions/<uuid:pk>/utterances/<int:seq>/split/", corrections.split, name="utterance-split"),
    path("sessions/<uuid:pk>/utterances/<int:seq>/join/", corrections.join, name="utterance-join"),
    path("sessions/<uuid:pk>/utterances/<int:seq>/undo/", corrections.undo, name="utterance-undo"),
    path(
        "sessions/<uuid:pk>/utterances/<int:seq>/versions/",
        transcript_versions.of_utterance,
        name="utterance-versions",
    ),
    path("sessions/<uuid:pk>/notes/", notes.create, name="notes"),
    path("sessions/<uuid:pk>/notes/<int:number>/", notes.change, name="note"),
    path("sessions/<uuid:pk>/notes/<int:number>/delete/", notes.delete, name="note-delete"),
    path("sessions/<uuid:pk>/delete/", library.delete, name="session-delete"),
    path("sessions/<uuid:pk>/export/", downloads.options, name="session-export-options"),
    path("sessions/<uuid:pk>/export.<str:name>", downloads.export, name="session-export"),
    path("settings/vocabulary/add/", corrections.vocabulary, name="vocabulary-add"),
    path("settings/dictation/", account.dictation_settings, name="dictation-settings"),
    path("status/", operations.status, name="status"),
]
