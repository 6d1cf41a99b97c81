"""The tasks of the Celery workers: which queue they wait in, and how often those run that nobody asks for."""

from typing import Any

# A file may take an hour, so these tasks have workers of their own and delay no others; nor do they delay what was said
# and is missing in a text that somebody waits for.
ROUTES = {
    "captions.uploads.tasks.write_upload": {"queue": "files"},
    "captions.uploads.tasks.answer_request": {"queue": "files"},
    "captions.second_pass.tasks.listen_again": {"queue": "files"},
    "captions.summaries.tasks.write_summary": {"queue": "files"},
    "captions.live.tasks.recover_gaps": {"queue": "gaps"},
}

_HOUR, _DAY = 3600, 24 * 3600
_EVERY_SECONDS = {
    "captions.live.tasks.close_abandoned_sessions": 60,
    # Those of a token that is revoked end at once; this is for one that expires, and for an account that is disabled.
    "captions.live.tasks.end_sessions_without_token": 20,
    "captions.live.tasks.discard_wordless_sessions": _HOUR,
    "captions.live.tasks.recover_gaps": 20,
    "captions.recordings.tasks.finish_sound": 10,
    "captions.recordings.tasks.delete_old_sound": _HOUR,
    "captions.second_pass.tasks.listen_to_what_ended": 5,
    "captions.second_pass.tasks.resume_second_passes": 20,
    "captions.summaries.tasks.resume_summaries": 20,
    "captions.uploads.tasks.resume_uploads": 60,
    "captions.transcripts.tasks.empty_trash": _DAY,
    "captions.transcripts.tasks.forget_gone_words": 300,
    "captions.account.tasks.delete_old_archives": _HOUR,
    "captions.account.tasks.resume_archives": 60,
    "captions.account.tasks.delete_accounts": 60,
    "captions.account.tasks.clear_expired_logins": _DAY,
    "captions.review.tasks.tend_reviews": 60,
    "captions.tokens.tasks.forget_old_tokens": _DAY,
    "captions.webhooks.tasks.tend_webhooks": _HOUR,
}

# By how much the clocks of two hosts may differ.
SKEW_SECONDS = 30

# A task expires when the next one is due, so that a busy worker does not find several of a kind. When that is, the
# worker's own clock says.
BEAT: dict[str, dict[str, Any]] = {
    task.rpartition(".")[2].replace("_", "-"): {
        "task": task,
        "schedule": seconds,
        "options": {"expires": seconds + SKEW_SECONDS},
    }
    for task, seconds in _EVERY_SECONDS.items()
}
