"""Every setting of WhisperStream. Values come from the environment (README: Configuration)."""

import os
import re
from pathlib import Path
from typing import Any

from csp.constants import NONCE
from django.db.utils import InterfaceError, OperationalError

from . import addresses, archive_storage, env, home, logs, schedule, sound_storage
from .base_path import cookie_name
from .launcher import stores
from .postgres.connection import PATIENCE_SECONDS, Connection

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var"))).absolute()
home.ensure(os.environ, VAR_DIR)

# --- The web application -------------------------------------------------------------------------

# Django's own pages for errors, and scripts and styles as they stand in the sources.
DEBUG = env.boolean("DEBUG", False)
# For browsers on this machine only, without HTTPS.
LOCAL = DEBUG or env.boolean("LOCAL", False)
HOST = env.text("HOST", "127.0.0.1")
PORT = env.integer("PORT", 8000, least=1, most=65535)
BASE_PATH = env.base_path("BASE_PATH")
FORCE_SCRIPT_NAME = BASE_PATH or None
SECRET_KEY = env.text("SECRET_KEY") or (
    stores.local_secret(VAR_DIR)
    if LOCAL
    else env.required("SECRET_KEY", "a long random text that only this server knows.")
)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS", [])
LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", LOCAL_HOSTS if LOCAL else [])
# Scheme, host and port of each origin whose pages may post and open a socket.
ALLOWED_ORIGINS = env.words(
    "ALLOWED_ORIGINS", [f"http://{host}:{PORT}" for host in LOCAL_HOSTS] if LOCAL else []
)
CSRF_TRUSTED_ORIGINS = ALLOWED_ORIGINS
TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", 0, least=0, most=10)

ROOT_URLCONF = "whisperstream_site.urls"
ASGI_APPLICATION = "whisperstream_site.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "django_htmx",
    # Swagger UI comes with it.
    "ninja",
    "simple_history",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "captions",
    "whisperstream_site",
]

MIDDLEWARE = [
    "captions.web.operations.ProbeMiddleware",
    "whisperstream_site.store_outage.StoresAwayMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "captions.web.private_pages.PrivatePagesMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "captions.web.interface_language.InterfaceLanguageMiddleware",
    "captions.web.time_zones.TimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
            "libraries": {
                "captions": "captions.web.tags",
                "dictation": "captions.live.tags",
                "fields": "captions.web.field_tags",
                "library": "captions.transcripts.tags",
                "outputs": "captions.outputs.tags",
                "review": "captions.review.tags",
                "second_pass": "captions.second_pass.tags",
                "sound": "captions.recordings.tags",
                "summaries": "captions.summaries.tags",
                "tape": "captions.live.tape.tags",
                "uploads": "captions.uploads.tags",
            },
        },
    },
]

# The language of the sources, and those with a catalog, each with its own name for itself.
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English"), ("de", "Deutsch")]
# Searched before the catalogs of the apps, so that it can override their translations.
LOCALE_PATHS = [BASE_DIR / "captions" / "locale"]
TIME_ZONE = env.text("TIME_ZONE", "UTC")
USE_I18N = True
FORMAT_MODULE_PATH = "whisperstream_site.formats"
USE_TZ = True

STATIC_URL = f"{BASE_PATH}/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "captions.web.static_files.StaticFiles"},
    "sound": sound_storage.storage(VAR_DIR),
    "archives": archive_storage.storage(VAR_DIR),
}

# --- Stores --------------------------------------------------------------------------------------

_store_urls = stores.urls(VAR_DIR)
DATABASE_URL = _store_urls.database
REDIS_URL = _store_urls.redis

_database = stores.database_settings(DATABASE_URL)
stores.check_redis_url(REDIS_URL)

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **_database,
        "ENGINE": "whisperstream_site.postgres",
        # Daphne handles each request in a context of its own, in which persistent connections would leak: hence a pool.
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **_database.get("OPTIONS", {}),
            "pool": {
                "min_size": 0,
                "max_size": env.integer("DATABASE_POOL_SIZE", 8, least=1),
                "timeout": PATIENCE_SECONDS,
                # Then whoever asks next tries anew. The pool itself would wait longer after each attempt, for minutes.
                "reconnect_timeout": 3,
                "connection_class": Connection,
            },
            "connect_timeout": 5,
        },
    }
}

CHANNEL_LAYERS: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            # The channel layer blocks up to 5 s for a message; the client's time-out must be longer.
            "hosts": [{"address": REDIS_URL, "socket_timeout": 15}],
            "capacity": 200,
            "expiry": 30,
            "prefix": "whisperstream",
        },
    }
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "whisperstream",
        "OPTIONS": {
            "pool_class": "captions.core.valkey.PagePool",
            "socket_timeout": 1,
            "socket_connect_timeout": 1,
        },
    }
}

CELERY_BROKER_URL = stores.celery_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 4 * 3600, "global_keyprefix": "whisperstream:"}
CELERY_ACCEPT_CONTENT = ["json"]
# An outage of the database is logged in one line, without a traceback; the schedule queues the work again.
CELERY_TASK_ANNOTATIONS = {"*": {"throws": (OperationalError, InterfaceError)}}
CELERY_TIMEZONE = "UTC"
CELERY_WORKER_CONCURRENCY = env.integer("CELERY_CONCURRENCY", 1, least=1)
CELERY_TASK_ROUTES = schedule.ROUTES
CELERY_BEAT_SCHEDULE = schedule.BEAT
FILES_CONCURRENCY = env.integer("FILES_CONCURRENCY", 1, least=1)

# Versions are looked up by utterance, never by date.
SIMPLE_HISTORY_DATE_INDEX = False

# --- Accounts ------------------------------------------------------------------------------------

AUTH_USER_MODEL = "captions.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dictation"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"

SIGNUP_OPEN = env.boolean("SIGNUP_OPEN", True)
ACCOUNT_ADAPTER = "captions.account.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "captions.account.adapters.SocialAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_UNIQUE_EMAIL = True
EMAIL_HOST = env.host("EMAIL_HOST")
# With it, signing up looks the same whether an address has an account or not: only the mail tells. Without a mail
# server a link reaches nobody but whoever reads the output of the web process.
ACCOUNT_EMAIL_VERIFICATION = env.choice(
    "EMAIL_VERIFICATION", "mandatory" if EMAIL_HOST else "none", ("none", "optional", "mandatory")
)
ACCOUNT_EMAIL_NOTIFICATIONS = bool(EMAIL_HOST)
ACCOUNT_EMAIL_SUBJECT_PREFIX = "WhisperStream: "
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"login_failed": env.rates("LIMIT_LOGIN_FAILURES", "5/15m/key,50/15m/ip")}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
MFA_ADAPTER = "captions.account.adapters.SecondStepAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = False
MFA_ALLOW_UNVERIFIED_EMAIL = not EMAIL_HOST
OIDC_SIGNUP_OPEN = env.boolean("OIDC_SIGNUP_OPEN", True)
OIDC_SERVER_URL = env.text("OIDC_SERVER_URL")
if OIDC_SERVER_URL:
    addresses.web("OIDC_SERVER_URL", OIDC_SERVER_URL, elsewhere="OIDC_CLIENT_ID and OIDC_CLIENT_SECRET")
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = (
    {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "oidc",
                    "name": env.text("OIDC_NAME", "Single sign-on"),
                    "client_id": env.required("OIDC_CLIENT_ID", "OIDC_SERVER_URL is set."),
                    "secret": env.required("OIDC_CLIENT_SECRET", "OIDC_SERVER_URL is set."),
                    "settings": {"server_url": OIDC_SERVER_URL},
                }
            ],
        }
    }
    if OIDC_SERVER_URL
    else {}
)

EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if EMAIL_HOST
    else "django.core.mail.backends.console.EmailBackend"
)
EMAIL_PORT = env.integer("EMAIL_PORT", 587, least=1, most=65535)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_SSL = env.boolean("EMAIL_USE_SSL", False)
EMAIL_USE_TLS = env.boolean("EMAIL_USE_TLS", not EMAIL_USE_SSL)
env.at_most_one(EMAIL_USE_TLS=EMAIL_USE_TLS, EMAIL_USE_SSL=EMAIL_USE_SSL)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "WhisperStream <noreply@localhost>")

# --- Security ------------------------------------------------------------------------------------

SESSION_COOKIE_NAME = cookie_name(BASE_PATH, "sessionid", is_secure=not LOCAL)
CSRF_COOKIE_NAME = cookie_name(BASE_PATH, "csrftoken", is_secure=not LOCAL)
# With which a phone has joined one dictation.
DEVICE_COOKIE_NAME = cookie_name(BASE_PATH, "device", is_secure=not LOCAL)
LANGUAGE_COOKIE_NAME = cookie_name(BASE_PATH, "language")
VIEW_COOKIE_NAME = cookie_name(BASE_PATH, "view")
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = LANGUAGE_COOKIE_PATH = f"{BASE_PATH}/"
# Not in a cookie, whose name and path would be those of every Django program.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = not LOCAL
# A redirect makes a GET of a POST, and the token has been sent by then: these answer 403 over plain HTTP.
_PATHS_OF_PROGRAMS = r"(api/)?v1/|whip(/|$)|captions/[^/]+/events$|(offer|transcribe|ping)$"
SECURE_REDIRECT_EXEMPT = [rf"^{re.escape(BASE_PATH.lstrip('/'))}/?({_PATHS_OF_PROGRAMS})"]
SECURE_HSTS_SECONDS = 0 if LOCAL else env.integer("HSTS_SECONDS", 31536000, least=0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = env.boolean("HSTS_SUBDOMAINS", not LOCAL)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY_COUNT else None
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'", NONCE],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "media-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "worker-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- Speech --------------------------------------------------------------------------------------

WHISPER_MODEL = env.text("WHISPER_MODEL")
WHISPER_DEVICE = env.choice("WHISPER_DEVICE", "auto", ("auto", "cpu", "cuda"))
WHISPER_COMPUTE_TYPE = env.text("WHISPER_COMPUTE_TYPE")
WHISPER_LANGUAGE = env.text("WHISPER_LANGUAGE")
WHISPER_CPU_THREADS = env.integer("WHISPER_CPU_THREADS", 0, least=0)
WHISPER_PARALLEL = env.integer("WHISPER_PARALLEL", 0, least=0, most=64)
# The model of the second pass; empty means WHISPER_MODEL, or OPENAI_MODEL.
SECOND_PASS_MODEL = env.text("SECOND_PASS_MODEL")
# The folder with the models that tell voices apart; empty means those of the hub.
SPEAKER_MODELS = env.text("SPEAKER_MODELS")

# What recognises speech: the model of this machine, run by CTranslate2 or whisper.cpp, or a service elsewhere.
ENGINE = env.choice("ENGINE", "local", ("local", "whisper-cpp", "openai", "openai-realtime", "openai-webrtc"))
OPENAI_BASE_URL = env.text("OPENAI_BASE_URL").rstrip("/")
OPENAI_MODEL = env.text("OPENAI_MODEL")
if ENGINE not in ("local", "whisper-cpp"):
    env.required("OPENAI_BASE_URL", f"ENGINE is {ENGINE}.")
    addresses.web("OPENAI_BASE_URL", OPENAI_BASE_URL, elsewhere="OPENAI_API_KEY")
    env.required("OPENAI_MODEL", f"ENGINE is {ENGINE}.")
OPENAI_API_KEY = env.key("OPENAI_API_KEY")
ENGINE_FALLBACK = env.choice("ENGINE_FALLBACK", "none", ("none", "local", "whisper-cpp"))
ENGINE_PARALLEL = env.integer("ENGINE_PARALLEL", 4, least=1, most=64)
# 0: text comes in pauses only, since each request costs something.
ENGINE_PARTIAL_SECONDS = env.number("ENGINE_PARTIAL_SECONDS", 0, least=0, most=20)
REMOTE_SECONDS_PER_DAY = env.integer("REMOTE_SECONDS_PER_DAY", 0, least=0)

VAD_THRESHOLD = env.number("VAD_THRESHOLD", 0.5, least=0.05, most=0.95)
VAD_SILENCE_MS = env.integer("VAD_SILENCE_MS", 2000, least=200, most=5000)
VAD_PREFIX_MS = env.integer("VAD_PREFIX_MS", 300, least=0, most=2000)

# --- Live sessions -------------------------------------------------------------------------------

ICE_SERVERS = env.json_list("ICE_SERVERS", [])
ICE_ALLOW_LOOPBACK = env.boolean("ICE_ALLOW_LOOPBACK", False)
# How pages send their sound: auto is over WebRTC, and over a WebSocket where that does not get through.
SOUND_ROAD = env.choice("SOUND_ROAD", "auto", ("auto", "webrtc", "websocket"))
WORKER_SESSIONS = env.integer("WORKER_SESSIONS", 0, least=0)
WEB_DRAIN_SECONDS = env.number("WEB_DRAIN_SECONDS", 0 if LOCAL else 5, least=0)
WORKER_DRAIN_SECONDS = env.number("WORKER_DRAIN_SECONDS", 25, least=1)
WORKER_METRICS_PORT = env.integer("WORKER_METRICS_PORT", 0, least=0, most=65535)
# Where an audio worker takes sound from web processes; port 0: any that is free.
SOUND_PORT_HOST = env.text("SOUND_PORT_HOST", "127.0.0.1")
SOUND_PORT = env.integer("SOUND_PORT", 0, least=0, most=65535)
METRICS_TOKEN = env.text("METRICS_TOKEN")
# What roles without a port touch as long as they work; empty: nothing.
ALIVE_FILE = env.text("ALIVE_FILE")
# /offer, /ws, /transcribe and /ping, for pages of anybody, with a token that may be in the address.
SIMPLE_ENDPOINTS = env.boolean("SIMPLE_ENDPOINTS", False)

LIMIT_MESSAGE_BYTES = env.integer("LIMIT_MESSAGE_BYTES", 65536, least=1024)
LIMIT_SOUND_MESSAGE_BYTES = env.integer("LIMIT_SOUND_MESSAGE_BYTES", 1 << 20, least=65536)
LIMIT_MESSAGES_PER_SECOND = env.integer("LIMIT_MESSAGES_PER_SECOND", 20, least=1)
LIMIT_OFFER_BYTES = env.integer("LIMIT_OFFER_BYTES", 16384, least=1024)
LIMIT_OFFERS_PER_MINUTE = env.integer("LIMIT_OFFERS_PER_MINUTE", 6, least=1)
LIMIT_CANDIDATE_BYTES = env.integer("LIMIT_CANDIDATE_BYTES", 512, least=64)
LIMIT_CANDIDATES = env.integer("LIMIT_CANDIDATES", 20, least=1)
LIMIT_SEND_MESSAGES = env.integer("LIMIT_SEND_MESSAGES", 200, least=10)
LIMIT_SEND_BYTES = env.integer("LIMIT_SEND_BYTES", 262144, least=16384)
# Whether a name of a model that is not known is refused; otherwise each means the loaded one.
MODELS_STRICT = env.boolean("MODELS_STRICT", False)
LIMIT_TOKEN_REQUESTS_PER_MINUTE = env.integer("LIMIT_TOKEN_REQUESTS_PER_MINUTE", 60, least=1)
LIMIT_TOKEN_REQUESTS_AT_ONCE = env.integer("LIMIT_TOKEN_REQUESTS_AT_ONCE", 4, least=1)
LIMIT_WRONG_TOKENS_PER_MINUTE = env.integer("LIMIT_WRONG_TOKENS_PER_MINUTE", 20, least=1)
LIMIT_SESSIONS_PER_USER = env.integer("LIMIT_SESSIONS_PER_USER", 2, least=1)
LIMIT_SOCKETS_PER_USER = env.integer("LIMIT_SOCKETS_PER_USER", 5, least=1)
LIMIT_STREAMS_PER_USER = env.integer("LIMIT_STREAMS_PER_USER", 5, least=1)
LIMIT_VIEWERS = env.integer("LIMIT_VIEWERS", 200, least=1)
LIMIT_SESSION_SECONDS = env.integer("LIMIT_SESSION_SECONDS", 4 * 3600, least=60)
LIMIT_PAUSE_SECONDS = env.integer("LIMIT_PAUSE_SECONDS", 3600, least=10)
LIMIT_SILENCE_SECONDS = env.integer("LIMIT_SILENCE_SECONDS", 900, least=10)
ICE_SECONDS = env.number("ICE_SECONDS", 15, least=1)
PING_SECONDS = env.number("PING_SECONDS", 20, least=1)
PING_TIMEOUT_SECONDS = env.number("PING_TIMEOUT_SECONDS", 25, least=1)
MEDIA_WARN_SECONDS = env.number("MEDIA_WARN_SECONDS", 3, least=0.5)
MEDIA_PARK_SECONDS = env.number("MEDIA_PARK_SECONDS", 10, least=1)
MEDIA_END_SECONDS = env.number("MEDIA_END_SECONDS", 120, least=5)
STOP_GRACE_SECONDS = env.number("STOP_GRACE_SECONDS", 0.5, least=0)
RESUME_SECONDS = env.number("RESUME_SECONDS", 60, least=5)
OFFER_SECONDS = env.number("OFFER_SECONDS", 3, least=0.5)
HEARTBEAT_SECONDS = env.number("HEARTBEAT_SECONDS", 2, least=0.2)
HEARTBEAT_LOST_SECONDS = env.number("HEARTBEAT_LOST_SECONDS", 5, least=1)
AUTH_RECHECK_SECONDS = env.number("AUTH_RECHECK_SECONDS", 60, least=1)

# --- Sound that is kept --------------------------------------------------------------------------

# 0 keeps no sound at all; a user may choose fewer days.
SOUND_KEEP_DAYS = env.integer("SOUND_KEEP_DAYS", 90, least=0, most=36500)
# The parts of recordings that are not finished: audio workers write them, Celery workers join them.
SOUND_DIR = Path(env.text("SOUND_DIR", str(VAR_DIR / "sound" / "live"))).absolute()
# For how long pages keep and deliver what they recorded themselves while they had no connection; 0: they do not.
TAPE_HOURS = env.number("TAPE_HOURS", 24, least=0)

# --- Files that people add -----------------------------------------------------------------------

# Web processes write the files, Celery workers read them.
UPLOAD_DIR = Path(env.text("UPLOAD_DIR", str(VAR_DIR / "uploads"))).absolute()
INCOMING_DIR = UPLOAD_DIR / "incoming"
LIMIT_UPLOAD_MB = env.integer("LIMIT_UPLOAD_MB", 200, least=1)
LIMIT_UPLOAD_SECONDS = env.integer("LIMIT_UPLOAD_SECONDS", 2 * 3600, least=1)
LIMIT_UPLOADS_PER_USER = env.integer("LIMIT_UPLOADS_PER_USER", 20, least=1)

# --- Captions that are sent elsewhere ------------------------------------------------------------

# Beside those of YouTube and Zoom; these may be in a private network and without TLS.
CAPTION_OUTPUT_HOSTS = [host.lower() for host in env.words("CAPTION_OUTPUT_HOSTS", [])]

# --- Webhooks ------------------------------------------------------------------------------------

# Whether they may lead into private networks, and need no TLS.
WEBHOOKS_PRIVATE = env.boolean("WEBHOOKS_PRIVATE", False)

# --- Summaries ------------------------------------------------------------------------------------

# A service that understands OpenAI's chat completions; empty: there are no summaries.
LLM_BASE_URL = env.text("LLM_BASE_URL").rstrip("/")
LLM_MODEL = env.text("LLM_MODEL")
if LLM_BASE_URL:
    addresses.web("LLM_BASE_URL", LLM_BASE_URL, elsewhere="LLM_API_KEY")
    env.required("LLM_MODEL", "LLM_BASE_URL is set.")
LLM_API_KEY = env.key("LLM_API_KEY")
# The longest transcript that is sent there, and the longest time of an answer.
LLM_CHARACTERS = env.integer("LLM_CHARACTERS", 60_000, least=1_000)
LLM_SECONDS = env.number("LLM_SECONDS", 300, least=5, most=3_600)

# --- Ports that need no token --------------------------------------------------------------------

WYOMING_ADDRESS = env.tcp_address("WYOMING_URI")
# The account for which everybody speaks who reaches the port.
WYOMING_USER = env.text("WYOMING_USER")
if WYOMING_ADDRESS:
    env.required("WYOMING_USER", "WYOMING_URI is set.")
WYOMING_KEEP_HISTORY = env.boolean("WYOMING_KEEP_HISTORY", False)

# On this machine alone; 0: none.
VOSK_PORT = env.integer("VOSK_PORT", 0, least=0, most=65535)
VOSK_USER = env.text("VOSK_USER")
if VOSK_PORT:
    env.required("VOSK_USER", "VOSK_PORT is set.")
    env.unequal(VOSK_PORT=VOSK_PORT, PORT=PORT)
VOSK_KEEP_HISTORY = env.boolean("VOSK_KEEP_HISTORY", False)

# --- Archives of everything that somebody owns ---------------------------------------------------

ARCHIVE_KEEP_DAYS = env.integer("ARCHIVE_KEEP_DAYS", 7, least=1, most=365)

# --- Deleted transcripts -------------------------------------------------------------------------

# 0 deletes for good at once.
TRASH_KEEP_DAYS = env.integer("TRASH_KEEP_DAYS", 30, least=0, most=3650)

# --- Logs ----------------------------------------------------------------------------------------

LOG_LEVEL = env.choice("LOG_LEVEL", "info", ("debug", "info", "warning", "error")).upper()
LOG_FORMAT = env.choice("LOG_FORMAT", "auto", ("auto", "json", "console"))
LOGGING_CONFIG = None
logs.configure(LOG_LEVEL, LOG_FORMAT)
