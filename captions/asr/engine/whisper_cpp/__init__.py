"""Whisper models in ggml's format, through whisper.cpp. Nothing here loads CTranslate2 but the conversion."""
