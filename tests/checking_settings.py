"""The product's settings for tools that only read the code: nothing is configured, made or connected."""

import os

os.environ.setdefault("SECRET_KEY", "for reading the code only")

from whisperstream_site.settings import *  # noqa: F403
