"""The Prometheus metrics of all processes. Labels never hold anything that a user said or typed."""

from prometheus_client import Counter, Gauge, Histogram

SESSIONS = Gauge("whisperstream_sessions", "Live sessions in the audio workers.", multiprocess_mode="livesum")
ROOM = Gauge(
    "whisperstream_session_room", "Sessions the audio workers could still take.", multiprocess_mode="livesum"
)
DECODE_SECONDS = Histogram(
    "whisperstream_decode_seconds",
    "Seconds of one decode.",
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
DECODE_AUDIO_SECONDS = Counter("whisperstream_decoded_audio_seconds", "Seconds of audio decoded.")
REMOTE_SECONDS = Counter(
    "whisperstream_remote_audio_seconds", "Seconds of sound that a service elsewhere was sent and answered."
)
FALLBACKS = Counter(
    "whisperstream_engine_fallbacks", "Live decodes that the local model did in place of the service."
)
QUEUE_SECONDS = Histogram(
    "whisperstream_queue_seconds",
    "Seconds that a decode waited: urgent where somebody has paused, else routine.",
    ["urgency"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
LOOP_LAG_SECONDS = Histogram(
    "whisperstream_loop_lag_seconds",
    "Lateness of the audio worker's event loop.",
    buckets=(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1),
)
PACKETS = Counter("whisperstream_packets", "What became of the microphones' packets.", ["outcome"])
OTHER_PACKETS = Counter(
    "whisperstream_other_packets",
    "Packets of the microphones' connections that are no sound: control packets, and video that was refused.",
)
CLOCK_CORRECTIONS = Counter(
    "whisperstream_clock_corrections",
    "Time that no packet brought sound for: filled with silence, or reported as a gap; and time stamps that jump, "
    "which are not followed.",
    ["kind"],
)
REORDER_DELAY_SECONDS = Histogram(
    "whisperstream_jitter_patience_seconds",
    "How long a packet that others overtook is waited for, seen each time that one is.",
    buckets=(0.04, 0.05, 0.06, 0.08, 0.1, 0.12),
)
DROPS = Counter("whisperstream_drops", "What a bounded queue let go.", ["what"])
DROPS.labels("utterance")
FINALS = Counter("whisperstream_finals", "Utterances saved.")
UNCLEAR = Counter(
    "whisperstream_unclear",
    "Stretches of voice in which no decode could make out a word: [unclear] in the text.",
)
VANISHED = Counter("whisperstream_vanished", "Words that were shown for a second and taken back.")
RECOGNISER_RESTARTS = Counter(
    "whisperstream_recogniser_restarts", "Times the recogniser had to be started again."
)
WORKERS_LOST = Counter(
    "whisperstream_workers_lost",
    "Times that a page or a program heard no more of the audio worker of its session.",
)
SPOOLED = Gauge(
    "whisperstream_spooled_finals", "Finals on disk that wait for Postgres.", multiprocess_mode="livesum"
)
SOUND_FAILURES = Counter(
    "whisperstream_sound_failures",
    "Times that a session's sound was no longer kept: the disk failed, or was too slow for what waited (queue).",
    ["why"],
)
for _why in ("disk", "queue"):
    # A counter that begins at its first failure has not grown, to Prometheus.
    SOUND_FAILURES.labels(_why)
SOUND_WAITING = Gauge(
    "whisperstream_sound_waiting", "Packets that wait to be written to disk.", multiprocess_mode="livesum"
)
API_REQUESTS = Counter("whisperstream_api_requests", "Requests with API tokens.", ["protocol", "outcome"])
API_SOCKETS = Gauge(
    "whisperstream_api_sockets",
    "Open sockets of programs with API tokens.",
    ["protocol"],
    multiprocess_mode="livesum",
)
API_MESSAGES = Counter(
    "whisperstream_api_messages", "Messages that came in on these sockets.", ["protocol", "outcome"]
)
CAPTION_POSTS = Counter(
    "whisperstream_caption_posts", "Posts of captions to other services.", ["kind", "outcome"]
)
CAPTION_LAG_SECONDS = Histogram(
    "whisperstream_caption_lag_seconds",
    "Seconds from the saving of an utterance until another service has taken it.",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120),
)
