"""Settings for static analysis: importing them creates nothing and connects to nothing."""

import os

os.environ.setdefault("SECRET_KEY", "for reading the code only")
os.environ.setdefault("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1")

from whisperstream_site.settings import *  # noqa: F403
