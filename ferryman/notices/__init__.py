"""What others are told of a purchase: one notice a fact, in the form that it is sent in."""

from .facts import Fact, facts
from .notice import Notice, NoticeType, Particulars

__all__ = ["Fact", "Notice", "NoticeType", "Particulars", "facts"]
