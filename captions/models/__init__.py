from .session import Session
from .user import User
from .utterance import Utterance

__all__ = ["Session", "User", "Utterance"]
