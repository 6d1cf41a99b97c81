from .session import Session, SessionState
from .user import User
from .utterance import Utterance

__all__ = ["Session", "SessionState", "User", "Utterance"]
