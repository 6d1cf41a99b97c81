from django.urls import include, path

from .account import data_views, token_views
from .account import views as account
from .api import docs
from .api.urls import api
from .audience import share_views
from .audience import views as audience
from .live import offline
from .live import views as dictation
from .live.tape import views as tape
from .outputs import views as outputs
from .recordings import views as sound
from .second_pass import views as proposals
from .summaries import views as summaries
from .transcripts.titles import called
from .transcripts.views import (
    corrections,
    downloads,
    folders,
    library,
    metadata,
    notes,
    selection,
    transcript,
    trash,
    versions,
)
from .uploads import sharing
from .uploads import views as uploads
from .web import icons, manifest, operations, script_catalog_view, service_worker
from .webhooks import views as webhooks

urlpatterns = [
    path("", dictation.page, name="dictation"),
    path("sessions/", library.history, name="history"),
    path("sessions/selection/export/", selection.export, name="selection-export"),
    path("sessions/selection/tag/", selection.tag, name="selection-tag"),
    path("sessions/selection/delete/", selection.delete, name="selection-delete"),
    path("sessions/deleted/", trash.page, name="session-trash"),
    path("sessions/deleted/restore/", trash.restore, name="session-trash-restore"),
    path("sessions/deleted/erase/", trash.erase, name="session-trash-erase"),
    path("sessions/tags/", folders.page, name="session-folders"),
    path("sessions/tags/<int:pk>/", folders.change, name="session-folder"),
    path("sessions/<uuid:pk>/favourite/", metadata.favourite, name="session-favourite"),
    path("sessions/<uuid:pk>/tags/", metadata.tags, name="session-tags"),
    path("sessions/<uuid:pk>/title/", metadata.title, name="session-title"),
    path("sessions/<uuid:pk>/title/keep/", metadata.keep_title, name="session-keep-title"),
    path("sessions/<uuid:pk>/continue/", dictation.continue_, name="session-continue"),
    path("sessions/<uuid:pk>/", transcript.session, name="session"),
    path("sessions/<uuid:pk>/tape/", tape.tape, name="session-tape"),
    path("tape/key/", tape.key, name="tape-key"),
    path("tape/login/", tape.login, name="tape-login"),
    path("tape/sessions/", tape.begun, name="tape-begun"),
    path("offline/", offline.page, name="offline"),
    path("sessions/<uuid:pk>/rename/", transcript.rename, name="session-rename"),
    path("sessions/<uuid:pk>/speakers/", transcript.who_speaks, name="session-speakers"),
    path("sessions/<uuid:pk>/unsure/", transcript.unsure_words, name="session-unsure"),
    path("sessions/<uuid:pk>/versions/", versions.of_session, name="session-versions"),
    path("sessions/<uuid:pk>/replace/", corrections.replace, name="session-replace"),
    path("sessions/<uuid:pk>/changes/<uuid:change>/undo/", corrections.undo_change, name="change-undo"),
    path("sessions/<uuid:pk>/utterances/<int:seq>/", corrections.utterance, name="utterance"),
    path("sessions/<uuid:pk>/utterances/<int:seq>/split/", corrections.split, name="utterance-split"),
    path("sessions/<uuid:pk>/utterances/<int:seq>/join/", corrections.join, name="utterance-join"),
    path("sessions/<uuid:pk>/utterances/<int:seq>/speaker/", corrections.speaker, name="utterance-speaker"),
    path("sessions/<uuid:pk>/utterances/<int:seq>/undo/", corrections.undo, name="utterance-undo"),
    path(
        "sessions/<uuid:pk>/utterances/<int:seq>/versions/",
        versions.of_utterance,
        name="utterance-versions",
    ),
    path("sessions/<uuid:pk>/sound/", sound.sound, name="session-sound"),
    path(
        "sessions/<uuid:pk>/sound/download/",
        sound.download,
        {"called": called},
        name="session-sound-download",
    ),
    path("sessions/<uuid:pk>/sound/delete/", sound.delete, name="session-sound-delete"),
    path("sessions/<uuid:pk>/player/", sound.player, name="session-player"),
    path("sessions/<uuid:pk>/second-pass/", proposals.second_pass, name="second-pass"),
    path("sessions/<uuid:pk>/second-pass/decide/", proposals.decide, name="second-pass-decide"),
    path("sessions/<uuid:pk>/summary/", summaries.summary, name="session-summary"),
    path("sessions/<uuid:pk>/summary/cancel/", summaries.cancel, name="session-summary-cancel"),
    path("sessions/<uuid:pk>/summary/delete/", summaries.delete, name="session-summary-delete"),
    path("sessions/outputs/", outputs.of_running, name="outputs-running"),
    path("sessions/<uuid:pk>/outputs/", outputs.outputs, name="outputs"),
    path("sessions/<uuid:pk>/outputs/<int:output>/remove/", outputs.remove, name="output-remove"),
    path("sessions/<uuid:pk>/notes/", notes.create, name="notes"),
    path("sessions/<uuid:pk>/notes/<int:number>/", notes.change, name="note"),
    path("sessions/<uuid:pk>/notes/<int:number>/delete/", notes.delete, name="note-delete"),
    path("sessions/<uuid:pk>/captions/", share_views.shares, name="session-shares"),
    path("sessions/<uuid:pk>/captions/<int:share>/revoke/", share_views.revoke, name="share-revoke"),
    path("sessions/<uuid:pk>/delete/", library.delete, name="session-delete"),
    path("sessions/<uuid:pk>/export/", downloads.options, name="session-export-options"),
    path("sessions/<uuid:pk>/export.<str:name>", downloads.export, name="session-export"),
    path("settings/replacements/add/", corrections.replacement, name="replacement-add"),
    path("settings/vocabulary/add/", corrections.vocabulary, name="vocabulary-add"),
    path("settings/", account.settings, name="settings"),
    path("settings/announce/", account.announce, name="announce"),
    path("settings/time-zone/", account.time_zone, name="time-zone"),
    path("captions/running/", share_views.running, name="captions-running"),
    path("captions/<uuid:pk>/", audience.page, name="audience"),
    path("captions/<uuid:pk>/events", audience.events, name="audience-events"),
    path("uploads/", uploads.uploads, name="uploads"),
    path("uploads/<uuid:pk>/", uploads.upload, name="upload"),
    path("uploads/<uuid:pk>/tracks/", uploads.upload_tracks, name="upload-tracks"),
    path("share/", sharing.share, name="share"),
    path("share/missed/", sharing.missed, name="share-missed"),
    path("share/<uuid:pk>/", sharing.shared, name="shared"),
    path("settings/tokens/", token_views.tokens, name="tokens"),
    path("settings/tokens/new/", token_views.new_token, name="token-new"),
    path("settings/tokens/revoke/", token_views.revoke_tokens, name="tokens-revoke"),
    path("settings/tokens/<int:pk>/revoke/", token_views.revoke_token, name="token-revoke"),
    path("settings/webhooks/", webhooks.webhooks, name="webhooks"),
    path("settings/webhooks/new/", webhooks.new_webhook, name="webhook-new"),
    path("settings/webhooks/<int:pk>/", webhooks.webhook, name="webhook"),
    path("settings/webhooks/<int:pk>/change/", webhooks.change_webhook, name="webhook-change"),
    path("settings/webhooks/<int:pk>/secret/", webhooks.webhook_secret, name="webhook-secret"),
    path("settings/webhooks/<int:pk>/test/", webhooks.send_test, name="webhook-test"),
    path("settings/webhooks/<int:pk>/delete/", webhooks.delete_webhook, name="webhook-delete"),
    path(
        "settings/webhooks/<int:pk>/deliveries/<uuid:delivery>/again/",
        webhooks.send_again,
        name="webhook-again",
    ),
    path("settings/data/", data_views.data, name="data"),
    path("settings/data/archive/", data_views.make_archive, name="archive"),
    path("settings/data/archive.zip", data_views.archive_file, name="archive-file"),
    path("settings/data/delete/", data_views.delete_account, name="account-delete"),
    path("deleted/", data_views.account_deleted, name="account-deleted"),
    path("api/docs/", docs.page, name="api-docs"),
    path("api/v1/", api.urls),
    path("", include("captions.clients.deepgram.urls")),
    path("v1/", include("captions.clients.openai.urls")),
    path("", include("captions.clients.whip.urls")),
    path("", include("captions.clients.simple.urls")),
    path("vosk/", include("captions.clients.vosk.urls")),
    path("status/", operations.status, name="status"),
    path("manifest.<slug:language>.webmanifest", manifest.manifest, name="manifest"),
    path("favicon.ico", icons.icon, {"name": "icon-192.png"}, name="favicon"),
    path("apple-touch-icon.png", icons.icon, {"name": "apple-touch-180.png"}, name="touch-icon"),
    path("service-worker.js", service_worker.service_worker, name="service-worker"),
    path(
        "catalog/<slug:language>/<path:name>.<slug:digest>.js",
        script_catalog_view.catalog,
        name="script-catalog",
    ),
]
