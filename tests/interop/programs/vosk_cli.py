"""vosk-transcriber as it is installed, without the model that it loads, and never uses, before it asks a server."""

from vosk.transcriber import transcriber

transcriber.Model = lambda **_: None

from vosk.transcriber.cli import main  # noqa: E402

main()
